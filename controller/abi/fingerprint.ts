/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '6de6a40d4dce3516e60fff64f46914eb4f777fced6b95fe99d27afeb96629dc2'
