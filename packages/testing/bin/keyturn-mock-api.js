#!/usr/bin/env node
import { main } from "../dist/cli.js";

const server = await main(process.argv.slice(2));
if (typeof server === "number") process.exitCode = server;
else
	for (const signal of ["SIGINT", "SIGTERM"])
		process.once(signal, () => server.close());
