/** Every bound of the protocol and of the agent, by name. Sizes in bytes, times in milliseconds. */
export const LIMITS = {
  /** Payload of one message; the broker's frame limit above it leaves room for the topic. */
  message: 48 * 1024,
  frame: 64 * 1024,
  /** What a client may send before the broker has accepted its CONNECT. */
  frameBeforeConnect: 1024,
  /** Part of an object that does not fit one message. */
  blobPart: 32 * 1024,
  blob: 1024 * 1024,
  /** Nesting and items of one CBOR message. */
  cborDepth: 8,
  cborItems: 8192,
  /** Items of an object that travels as a blob: a full roster has 7 a member. */
  blobItems: 131_072,
  /** Members of one roster. A bitset of them travels in each message. */
  roster: 16_384,
  /** Random links that one device adds to those that it declares. */
  longLinks: 16,
  /** Groups of devices that stay together in a tree: one byte a member. */
  groups: 256,
  /** Components of one statistic. */
  dimension: 8192,
  /** Shards of the rows that travel with a job, and devices that get the same one. */
  shards: 256,
  replicas: 16,
  /** Children of a device in the assigned tree, and levels: 8^7 is beyond every roster. */
  treeArity: 8,
  treeDepth: 7,
  /** Components of a statistic whose sums along the tree fit a message twice. */
  treeDimension: 1000,
  /** Terms of one least squares fit. */
  terms: 64,
  /** Terms of a fit that refuses devices, and devices that it names. */
  gateTerms: 16,
  refused: 1024,
  /** Parameters of one nonlinear fit, and sums that one result may take in a row. */
  parameters: 16,
  steps: 500,
  /** Numbers of a program's vectors, bytes of its code, and of its result as text. */
  programLength: 1000,
  programCode: 256 * 1024,
  programResult: 16 * 1024,
  /** Figures that say where one of several sums in a row is taken. */
  stepFigures: 4608,
  /** States of a filter. */
  states: 8,
  /** Points of a grid of parameters: each makes two components. */
  gridPoints: 1000,
  /** Quantiles of one result. */
  quantiles: 16,
  /** Categories of a distribution, bins of a histogram. */
  categories: 256,
  /** Bits of one component after alignment (consensus: exact vectors). */
  spreadBits: 4096,
  exponent: 4096,
  /** Nodes and depth of one expression tree. */
  expressionNodes: 256,
  expressionDepth: 32,
  /** Rows of readings that an agent holds for one job window. */
  rows: 100_000,
  /** Observations that an agent remembers: two days at one every ten seconds, in about 6 MB. */
  observations: 20_000,
  /** Jobs that one agent takes part in at a time, and open epochs of each. */
  jobs: 16,
  epochs: 2,
  /** Ended jobs that an agent remembers, so that an old order cannot start one again. */
  ended: 256,
  /** Checkpoints of contracts for which an agent remembers what it signed: about 300 KB. */
  claims: 1024,
  /** Votes of one attempt that are passed on; two that differ already end an attempt. */
  votes: 4,
  /** Signed statements of suspicion or tombstones carried in one message. */
  evidence: 512,
  /** Attempts to agree on one set before an epoch is given up. */
  attempts: 64,
  subscriptions: 64,
  /** Above this many neighbors an agent subscribes to all of a job's exchange. */
  neighborSubscriptions: 24,
  topicBytes: 256,
  topicLevels: 8,
  /** Least number of expected messages of a silent neighbor before it is suspected. */
  silence: 12,
  /** A job file as a person sends it. */
  jobFile: 64 * 1024,
  /** Results of one job that the controller keeps, and gives out at a time. */
  results: 1000,
  yamlDepth: 32,
  yamlNodes: 2000,
  /** Retained topics that one device keeps: five of its own and one a job, old ones included. */
  retained: 40,
  /** Waiting messages of one device, in itself and in the embedded broker. */
  queuedMessages: 100,
  queuedBytes: 256 * 1024,
  /** Messages a second that the embedded broker takes from one client, and the burst it forgives. */
  messagesPerSecond: 50,
  messageBurst: 2000,
} as const
