// The words of the exercise in which a network tells languages apart, in English.

export const enLanguages = {
  title: "webrnn: which language is this name?",
  tagline: "A recurrent neural network learns to tell in which language a name is, here in your browser.",
  story:
    "It reads names, guesses the language of each, and learns from how wrong it was; then it says what it thinks of yours, letter by letter. Below: what it confuses, the gradient on its way back through time, and the machine that does it.",
  reading: "Reading the names",
  perSecond: "names/s",
  heldOut: "right, held out",
  training: "right, training",
  announcePaused: (updates: string, share: string) => `Paused after ${updates} updates, ${share} right`,
  pageTitle: (share: string, isTraining: boolean) => `${isTraining ? "▶" : "❚❚"} ${share} · webrnn`,

  reads: "What it reads",
  languages: "Languages to tell apart",
  atLeastTwo: "There must be two at least.",
  facts: (names: string, symbols: string, heldOut: string) =>
    `${names} names of emoji, languages, countries and scripts, in lower case, with ${symbols} different characters; what two languages share is left out. Held out, never learnt from: ${heldOut}.`,
  credits: "Unicode CLDR (Unicode licence), from cldr-annotations-full and cldr-localenames-full.",
  steps: "Letters read at most",
  batch: "Names at once",
  directions: "Directions",
  directionNames: { both: "both", forward: "forward" },
  directionNotes: {
    both: "one reads from the first letter, one from the last",
    forward: "it reads from the first letter to the last",
  },

  scoreTitle: "Names it gets right",
  scoreHelp: "Naive Bayes counts pairs of letters, its smoothing tuned on the names that are learnt from.",
  baselines: ["the commonest language", "naive Bayes"],
  lossTitle: "Training loss, bits per name",
  chartLoss: (bits: string) => `Training loss over the updates, in bits per name: now ${bits}.`,
  emptyChart: "Press Train and watch this curve rise.",
  standing: {
    start: "It knows nothing yet: it guesses.",
    worse: (share: string, line: string) =>
      `${share} right: no better than always saying the commonest language (${line}).`,
    chance: (share: string, line: string) =>
      `${share} right: better than guessing, not yet as good as naive Bayes (${line}).`,
    beaten: (share: string, line: string) =>
      `${share} right: above naive Bayes (${line}). It sees more in a name than its pairs of letters.`,
  },
  measured: (names: string) => `Both are measured on the same ${names} held-out names.`,
  chartScore: (training: string, heldOut: string, updates: string) =>
    `Share of names that are right over ${updates} updates: training ${training}, held out ${heldOut}.`,

  thinks: "What it thinks",
  name: "A name, or any word",
  namePlaceholder: (example: string) => `for instance ${example}`,
  tryThese: "Held-out names to try",
  isIn: (name: string, language: string) => `${name}: ${language}`,
  thought: (language: string, share: string) => `${language}, ${share}`,
  noReading: "Its opinion appears here as soon as there is a network.",
  beliefs: "What the network thinks",
  probability: "probability",
  letterByLetter: "Letter by letter",
  letterHelp:
    "Each column is what it thinks after that letter, of the beginning up to there. The deeper the tint, the surer; the frame is its choice.",
  changes: (steps: string) => `It thinks: ${steps}.`,
  change: (beginning: string, language: string) => `after “${beginning}” ${language}`,

  confuses: "What it confuses",
  confusesHelp:
    "Each row is the held-out names of one language, in per cent: how many it takes for each. The diagonal is right.",
  truth: "in truth",
  taken: "taken for",
  noConfusion: "The table appears as soon as there is a network.",
  confusionOf: (names: string, share: string) => `${names} held-out names, ${share} right.`,
  worst: "Most often mistaken",
  mistake: (truth: string, taken: string, share: string) => `${truth} taken for ${taken}: ${share}`,
  mistaken: (example: string) => `as in “${example}”`,
  cell: (truth: string, taken: string, share: string, count: string) =>
    `${truth} taken for ${taken}: ${share}, ${count} names`,

  timeHelp:
    "How strongly a mistake at a name's last letter reaches back to each letter before it: ‖∂L/∂hₜ‖ of a loss that sees the state at the last letter only, for the network as it is now, reading forward. (What it trains on is the mean over all letters, which gives every letter a shorter way.)",
  timeAxis: "letters back from the loss",

  planHelp:
    "What this network runs for an update whose names fill all its letters, printed by the library; one of shorter names runs less. The letters of a name share a line: 0..31 is one dispatch a letter.",
  spared: (share: string) =>
    `No step is computed for a name that has ended: its length spares ${share} of the operations of an average update. The numbers above are without them.`,
};
