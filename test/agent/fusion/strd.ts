/**
 * NIST Statistical Reference Datasets, linear regression (https://www.itl.nist.gov/div898/strd/lls/lls.shtml):
 * data and certified values. Works of the United States government, in the public domain.
 */
export interface ReferenceFit {
  readonly name: string
  /** Terms over x1, x2, ... or x; rows hold y first. */
  readonly terms: readonly string[]
  readonly rows: readonly (readonly number[])[]
  readonly coefficients: readonly number[]
  readonly standardErrors: readonly number[]
  readonly residualStandardDeviation: number
  /** Absent where NIST's is not about the mean. */
  readonly rSquared?: number
}

const counting = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const zip = (...columns: (readonly number[])[]): number[][] =>
  (columns[0] ?? []).map((_, i) => columns.map((column) => column[i] ?? NaN))

const QUINTIC = ['1', 'x', 'x^2', 'x^3', 'x^4', 'x^5']
const wampler = (
  name: string,
  ys: readonly number[],
  coefficients: readonly number[],
  standardErrors: readonly number[],
  residualStandardDeviation: number,
  rSquared: number,
): ReferenceFit => ({
  name,
  terms: QUINTIC,
  rows: zip(ys, counting(21)),
  coefficients,
  standardErrors,
  residualStandardDeviation,
  rSquared,
})
const ONES = [1, 1, 1, 1, 1, 1]
const ZEROS = [0, 0, 0, 0, 0, 0]

// biome-ignore format: tables are read by column
const NORRIS_Y = [
  0.1, 338.8, 118.1, 888.0, 9.2, 228.1, 668.5, 998.5, 449.1, 778.9, 559.2, 0.3, 0.1, 778.1, 668.8, 339.3, 448.9, 10.8,
  557.7, 228.3, 998.0, 888.8, 119.6, 0.3, 0.6, 557.6, 339.3, 888.0, 998.5, 778.9, 10.2, 117.6, 228.9, 668.4, 449.2, 0.2,
]
// biome-ignore format: tables are read by column
const NORRIS_X = [
  0.2, 337.4, 118.2, 884.6, 10.1, 226.5, 666.3, 996.3, 448.6, 777.0, 558.2, 0.4, 0.6, 775.5, 666.9, 338.0, 447.5, 11.6,
  556.0, 228.1, 995.8, 887.6, 120.2, 0.3, 0.3, 556.8, 339.1, 887.2, 999.0, 779.0, 11.1, 118.3, 229.2, 669.1, 448.9, 0.5,
]
// biome-ignore format: tables are read by column
const PONTIUS_Y = [
  0.11019, 0.21956, 0.32949, 0.43899, 0.54803, 0.65694, 0.76562, 0.87487, 0.98292, 1.09146, 1.20001, 1.30822, 1.41599,
  1.52399, 1.63194, 1.73947, 1.84646, 1.95392, 2.06128, 2.16844, 0.11052, 0.22018, 0.32939, 0.43886, 0.54798, 0.65739,
  0.76596, 0.87474, 0.98300, 1.09150, 1.20004, 1.30818, 1.41613, 1.52408, 1.63159, 1.73965, 1.84696, 1.95445, 2.06177,
  2.16829,
]
// biome-ignore format: tables are read by column
const LONGLEY = [
  [60323, 83.0, 234289, 2356, 1590, 107608, 1947], [61122, 88.5, 259426, 2325, 1456, 108632, 1948],
  [60171, 88.2, 258054, 3682, 1616, 109773, 1949], [61187, 89.5, 284599, 3351, 1650, 110929, 1950],
  [63221, 96.2, 328975, 2099, 3099, 112075, 1951], [63639, 98.1, 346999, 1932, 3594, 113270, 1952],
  [64989, 99.0, 365385, 1870, 3547, 115094, 1953], [63761, 100.0, 363112, 3578, 3350, 116219, 1954],
  [66019, 101.2, 397469, 2904, 3048, 117388, 1955], [67857, 104.6, 419180, 2822, 2857, 118734, 1956],
  [68169, 108.4, 442769, 2936, 2798, 120445, 1957], [66513, 110.8, 444546, 4681, 2637, 121950, 1958],
  [68655, 112.6, 482704, 3813, 2552, 123366, 1959], [69564, 114.2, 502601, 3931, 2514, 125368, 1960],
  [69331, 115.7, 518173, 4806, 2572, 127852, 1961], [70551, 116.9, 554894, 4007, 2827, 130081, 1962],
]

// biome-ignore format: tables are read by column
export const REFERENCE_FITS: readonly ReferenceFit[] = [
  {
    name: 'Norris', terms: ['1', 'x'], rows: zip(NORRIS_Y, NORRIS_X),
    coefficients: [-0.262323073774029, 1.00211681802045],
    standardErrors: [0.232818234301152, 0.429796848199937e-3],
    residualStandardDeviation: 0.884796396144373, rSquared: 0.999993745883712,
  },
  {
    name: 'Pontius', terms: ['1', 'x', 'x^2'],
    rows: zip(PONTIUS_Y, counting(40).map((i) => 150000 * ((i % 20) + 1))),
    coefficients: [0.673565789473684e-3, 0.732059160401003e-6, -0.316081871345029e-14],
    standardErrors: [0.107938612033077e-3, 0.157817399981659e-9, 0.486652849992036e-16],
    residualStandardDeviation: 0.205177424076185e-3, rSquared: 0.999999900178537,
  },
  {
    name: 'NoInt1', terms: ['x'], rows: counting(11).map((i) => [130 + i, 60 + i]),
    coefficients: [2.07438016528926], standardErrors: [0.165289256198347e-1],
    residualStandardDeviation: 3.56753034006338,
  },
  {
    name: 'NoInt2', terms: ['x'], rows: [[3, 4], [4, 5], [4, 6]],
    coefficients: [0.727272727272727], standardErrors: [0.420827318078432e-1],
    residualStandardDeviation: 0.369274472937998,
  },
  {
    name: 'Longley', terms: ['1', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'], rows: LONGLEY,
    coefficients: [-3482258.63459582, 15.0618722713733, -0.358191792925910e-1, -2.02022980381683, -1.03322686717359,
      -0.511041056535807e-1, 1829.15146461355],
    standardErrors: [890420.383607373, 84.9149257747669, 0.334910077722432e-1, 0.488399681651699, 0.214274163161675,
      0.226073200069370, 455.478499142212],
    residualStandardDeviation: 304.854073561965, rSquared: 0.995479004577296,
  },
  wampler('Wampler1',
    [1, 6, 63, 364, 1365, 3906, 9331, 19608, 37449, 66430, 111111, 177156, 271453, 402234, 579195, 813616, 1118481,
      1508598, 2000719, 2613660, 3368421], ONES, ZEROS, 0, 1),
  wampler('Wampler2',
    [1, 1.11111, 1.24992, 1.42753, 1.65984, 1.96875, 2.38336, 2.94117, 3.68928, 4.68559, 6, 7.71561, 9.92992, 12.75603,
      16.32384, 20.78125, 26.29536, 33.05367, 41.26528, 51.16209, 63], [1, 0.1, 0.01, 0.001, 0.0001, 0.00001], ZEROS, 0, 1),
  wampler('Wampler3',
    [760, -2042, 2111, -1684, 3888, 1858, 11379, 17560, 39287, 64382, 113159, 175108, 273291, 400186, 581243, 811568,
      1121004, 1506550, 2002767, 2611612, 3369180], ONES,
    [2152.32624678170, 2363.55173469681, 779.343524331583, 101.475507550350, 5.64566512170752, 0.112324854679312],
    2360.14502379268, 0.999995559025820),
  wampler('Wampler4',
    [75901, -204794, 204863, -204436, 253665, -200894, 214131, -185192, 221249, -138370, 315911, -27644, 455253, 197434,
      783995, 608816, 1370781, 1303798, 2205519, 2408860, 3444321], ONES,
    [215232.624678170, 236355.173469681, 77934.3524331583, 10147.5507550350, 564.566512170752, 11.2324854679312],
    236014.502379268, 0.957478440825662),
  wampler('Wampler5',
    [7590001, -20479994, 20480063, -20479636, 25231365, -20476094, 20489331, -20460392, 18417449, -20413570, 20591111,
      -20302844, 18651453, -20077766, 21059195, -19666384, 26348481, -18971402, 22480719, -17866340, 10958421], ONES,
    [21523262.4678170, 23635517.3469681, 7793435.24331583, 1014755.07550350, 56456.6512170752, 1123.24854679312],
    23601450.2379268, 0.224668921574940e-2),
]
