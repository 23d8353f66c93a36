/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = 'ab7b300fc3be3dd4116aebf9ac6be15488623d7b3b4960a5773b317cdd56b48b'
