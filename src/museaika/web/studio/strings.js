/** Every sentence that the scripts say. Sentences that stand still are in index.html. */

export const STRINGS = {
  unreachable: "The server can't be reached. Check that it runs, then try again.",
  notJson: (status) => `The server answered ${status} with something that isn't JSON.`,
  newGuest: "Your last visit has ended, so you are a new guest now. The old diary is no longer yours to read.",
  guest: (name) => `Signed in as ${name}`,
  signingIn: "Signing in …",
  requestId: (id) => `Request ${id}`,

  live: "live",
  notLive: "not live, asking now and then",

  copied: "Copied, with your access token in it. Keep it to yourself.",
  copyFailed: "The browser did not let us copy. Select the text and copy it by hand.",
  took: (status, ms) => `${status} · ${ms} ms`,

  sure: (percent) => `${percent} sure`,
  alsoLikely: (first, second) => `It could as well be ${second} as ${first}.`,
  map: "Map of moods.",
  yourPlace: "How you feel",
  place: (valence, arousal, mood) => `valence ${valence}, arousal ${arousal}, closest to ${mood}`,
  sentiment: (label, score, mixed) => `Sentiment: ${label} (${score})${mixed ? ", with mixed feelings" : ""}`,
  otherLanguage: (language) => `This looks like ${language}. The reader knows English, so it is less sure.`,
  kept: "Kept in your diary.",
  notKept: "Not kept: your privacy level is strict.",
  corrected: (mood) => `Thank you. Your diary says ${mood} now.`,

  noFace: "No face was found. Try a photo with more light, or with the face larger in it.",
  faces: (count) => (count === 1 ? "One face was found." : `${count} faces were found, the largest first.`),
  face: (number, mood, percent) => `${number} · ${mood} ${percent}`,
  consentFirst: "Tick the box above first.",
  noCamera: "There is no camera to use here. Choose a photo instead.",
  cameraRefused: "The browser did not let us use the camera. Choose a photo instead.",
  chosen: (name) => `Chosen: ${name}`,

  noTracks: "Nothing more fits. Try another aim or a wider search.",
  listen: (title) => `Find ${title} to listen to it`,
  like: (title) => `More like ${title}`,
  dislike: (title) => `Less like ${title}`,
  noted: "Noted. It counts from the next list on.",

  stay: "stay there",
  byMood: "by mood",
  notInstalled: (name) => `${name} (not installed)`,
  queued: (position) => (position > 0 ? `Waiting, ${position} before it` : "Waiting for a worker"),
  roughly: (seconds) => `about ${seconds} s`,
  working: (stage, percent) => `${stage}, ${percent}`,
  done: "Your piece is ready.",
  cancelled: "Cancelled.",
  failed: (why) => `It could not be made: ${why}`,
  removed: "Removed, with its files.",
  play: "Play",
  pause: "Pause",
  at: (now, whole) => `${now} of ${whole}`,
  notDecoded: "This browser could not draw the waveform, but the piece plays.",
  piece: (mood, when) => `${mood}, ${when}`,
  remove: (what) => `Remove ${what}`,
  formats: { mp3: "MP3", wav: "WAV", midi: "MIDI", stems: "Stems", musicxml: "Sheet music" },

  spotifyNot: "Take a list of tracks to your Spotify, and let what you hear there count here.",
  spotifyConnected: (name, product) => `Connected as ${name ?? "you"}${product ? ` (${product})` : ""}.`,
  spotifyEnded: "Spotify wants you to agree again.",
  spotifyDeclined: "Spotify was not connected. You can begin again at any time.",
  spotifyGone: "Disconnected. The tokens and all that came from Spotify are deleted here.",
  knownHere: "known here",
  heard: (count, known) => `${count} tracks, ${known} of them in our catalogue.`,
  findFirst: "Find music first: the tracks above are what is written.",
  listTitle: (mood) => `${mood[0].toUpperCase()}${mood.slice(1)}, by MuseAIka`,
  written: ({ tracks, missing, left, changed }) =>
    [
      changed ? `is on your Spotify, with ${tracks} tracks.` : "is as it should be; nothing was written.",
      missing.length && `Not found there: ${missing.map((one) => one.title).join(", ")}.`,
      left && `${left} not looked for yet; write it again to go on.`,
    ]
      .filter(Boolean)
      .join(" "),

  noList: "Choose a list",
  newList: (mood) => `For ${mood}, together`,
  letIn: (title) => `You are in: ${title}. What you change, the others see at once.`,
  invited: "Whoever opens this link may edit the list, for a week.",
  moveUp: (title) => `Move ${title} up`,
  moveDown: (title) => `Move ${title} down`,
  here: (people, state, waiting) =>
    [
      state === "live" ? (people > 1 ? `${people} people are here` : "Only you are here") : "Not connected",
      waiting && `${waiting} ${waiting === 1 ? "edit is" : "edits are"} on the way`,
    ]
      .filter(Boolean)
      .join(", "),

  emptyDiary: "Nothing here yet. Say how you feel, and it appears.",
  forget: (mood, when) => `Forget ${mood} of ${when}`,
  forgotten: "Forgotten.",
  forgottenAll: "Your diary is empty now.",
  noTrend: "A few moods more and a line appears here.",
  trendSummary: (days, first, last) => `${days} days from ${first} to ${last}.`,
  levels: {
    strict: "Strict: nothing that is read is kept.",
    standard: "Standard: moods and their scores are kept, your words are not.",
    full: "Full: your words are kept as well.",
  },
  levelSaved: (level) => `Saved: ${level}.`,
  exported: "Your export is downloaded.",
  erased: "All of it is erased. You are a new guest now.",
};
