/** SHA-256 of what controller/abi was made from. */
export const FINGERPRINT = 'd3386645a0ce57fd090401b65dea1d233c3caa7cecb0b6311b2b567143ff764e'
