/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '2e08b23e4f5415f431fe0375594c49bba20ab202bd728c64880ff1c1bda7facf'
