/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '3e7684a758737cc275bbc595bce45c42a31ef168585e9571f8f7514a284668fb'
