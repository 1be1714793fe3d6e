import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./view/explorer.css";
import { createExplorer } from "./session/explorer.ts";
import { App } from "./view/app.tsx";

const explorer = createExplorer();
// a replaced module leaves no session behind: no timer, no lock, no second refresh
import.meta.hot?.dispose(() => explorer.close());
const root = document.getElementById("root");
if (root)
	createRoot(root).render(
		<StrictMode>
			<App explorer={explorer} />
		</StrictMode>,
	);
