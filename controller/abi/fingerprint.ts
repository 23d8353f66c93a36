/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '7b4a8a4ded44f91add3d2a0062ef586b060588ad72f085cb82b57e1e6d1f646f'
