// Runs @magenta/music on a checkpoint and prints the logits it computes, for comparison.
//   node magenta_logits.cjs NODE_MODULES CHECKPOINT '{"events": [...], "steps": 8, "chords": [...] or null}'
"use strict";
const fs = require("fs");
const http = require("http");
const path = require("path");

const [modules, folder, asked] = process.argv.slice(2);
const { events, steps, chords } = JSON.parse(asked);
const tf = require(path.join(modules, "@tensorflow/tfjs"));
console.log = () => {};
const { MusicRNN } = require(path.join(modules, "@magenta/music/node/music_rnn"));

async function main(address) {
  const rnn = new MusicRNN(address);
  await rnn.initialize();
  const depth = rnn.dataConverter.depth;
  const length = events.length + steps;
  const inputs = tf.oneHot(tf.tensor1d(events, "int32"), depth);
  // Triads come as integers; TensorFlow.js on a CPU would then round the hidden state to integers as well,
  // which the browsers' back end, for which all this was made, does not.
  const controls = chords ? rnn.chordEncoder.encodeProgression(chords, length).toFloat() : undefined;
  const counters = rnn.auxInputs ? tf.concat(rnn.auxInputs.map((a) => a.getTensors(length)), 1) : undefined;
  const logits = [];
  const weights = rnn.lstmFcW;
  rnn.lstmFcB = { real: rnn.lstmFcB };
  const add = tf.Tensor.prototype.add;
  tf.Tensor.prototype.add = function (other) {
    if (other !== rnn.lstmFcB) return add.call(this, other);
    const sum = add.call(this, other.real);
    logits.push(Array.from(sum.dataSync()));
    return sum;
  };
  const { samples } = rnn.sampleRnn(inputs, steps, 0, controls, counters, false);
  const chosen = samples.map((sample) => sample.argMax().dataSync()[0]);
  process.stdout.write(JSON.stringify({ logits, chosen, units: weights.shape[0] }));
}

const server = http.createServer((request, answer) => {
  const file = path.join(folder, path.basename(request.url));
  answer.end(fs.readFileSync(file));
});
server.listen(0, "127.0.0.1", () => {
  main(`http://127.0.0.1:${server.address().port}`)
    .catch((error) => { process.stderr.write(String(error.stack)); process.exitCode = 1; })
    .finally(() => server.close());
});
