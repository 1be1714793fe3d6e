import react from "@vitejs/plugin-react";
import {
	defaultClientConditions,
	defaultServerConditions,
	defineConfig,
} from "vite";
import { mockApis } from "./server/mock-middleware.ts";
import { workerScript } from "./server/worker-script.ts";

export default defineConfig(({ mode }) => ({
	base: "./",
	plugins: [
		react(),
		mockApis(),
		...(mode === "static" ? [workerScript()] : []),
	],
	// "source": the packages of the workspace need no build
	resolve: { conditions: ["source", ...defaultClientConditions] },
	ssr: { resolve: { conditions: ["source", ...defaultServerConditions] } },
	// named, so that the first visit does not load twice: Vite finds them only when the page asks
	optimizeDeps: {
		include: [
			"ky",
			"react",
			"react-dom/client",
			"react/jsx-dev-runtime",
			"@keyturn/protocols > valibot",
		],
	},
	server: { host: "127.0.0.1", port: 5173 },
	preview: { host: "127.0.0.1", port: 4173 },
	build: { target: "es2023" },
}));
