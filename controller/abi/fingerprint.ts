/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '0a90719c2e58e17c21e3c4cefdb6398a1be8c241e8e76c00291b7b75ea360403'
