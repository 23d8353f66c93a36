/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '7bd355a963a4114716ad546678d10f3ee88b6ce28438c89f2365402017cb345f'
