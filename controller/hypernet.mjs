#!/usr/bin/env node
import { launch } from '../agent/runtime.mjs'

// Plain JavaScript: any Node can read this file, the others need one that runs TypeScript.
launch(new URL('./main.ts', import.meta.url))
