#!/usr/bin/env node
import { launch } from './runtime.mjs'

launch(new URL('./main.ts', import.meta.url))
