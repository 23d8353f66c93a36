/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = '6dc26c73e0a6d5727385c60ca4cfe96d6dab240e9882e6971c5efd5ddb55f29c'
