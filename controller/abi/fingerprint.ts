/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '3013c202b12abc2911572160b7bbdfc320aa2cbd3dd59f0d5bf0adefedee53f1'
