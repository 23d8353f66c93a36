/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '4990bf6cc3cf4e5ee66d3a05194cb9fd1c31a0673e0922b7f934418f3192061b'
