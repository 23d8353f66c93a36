/** Runs a TypeScript program as if Node had been started with it; see runtime.mjs. */
export function launch(main: URL): void
export function isWanted(version: string): boolean
export function findNode(folder: string): string | undefined
