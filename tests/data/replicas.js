/* A desk for many replicas, the same in Node and in a browser: a function of the folder of the client module. */
async (folder) => {
  const { Replica } = await import(`${folder}replica.js`);
  const { apply, inverse } = await import(`${folder}list.js`);
  const replicas = new Map();
  const orders = {
    make: ({ id, snapshot }) => void replicas.set(id, new Replica(snapshot, id)),
    edit: ({ id, action, data, shown }) => replicas.get(id).edit(action, data, shown),
    undo: ({ id }) => replicas.get(id).undo(),
    redo: ({ id }) => replicas.get(id).redo(),
    next: ({ id }) => replicas.get(id).next(),
    hear: ({ id, update }) => replicas.get(id).hear(update),
    answered: ({ id, op_id, answer }) => replicas.get(id).answered(op_id, answer),
    refused: ({ id, op_id }) => replicas.get(id).refused(op_id),
    reset: ({ id, snapshot }) => replicas.get(id).reset(snapshot),
    view: ({ id }) => ({ view: replicas.get(id).view, pending: replicas.get(id).pending, version: replicas.get(id).version }),
    replay: ({ snapshot, updates }) => {
      const undos = [];
      const list = updates.reduce((before, update) => {
        undos.push(inverse(before, update));
        return apply(before, update);
      }, snapshot);
      return { list, undos };
    },
  };
  return (order) => orders[order.do](order) ?? null;
};
