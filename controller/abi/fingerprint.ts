/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '2c322eb514617898a9154bbf716b8f6e304280a26df0f3d9d1c1e3a61527469b'
