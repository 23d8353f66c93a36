/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '40fa1b5ad267f4a4fe7c66609058bd57657d8e657511352992b57dd543ed8547'
