/** Version of the wire protocol: level 2 of each topic and key 0 of each message. */
export const PROTOCOL = 1
/** Version of the software, the same as in package.json (a test compares them). */
export const SOFTWARE = '0.1.0'
