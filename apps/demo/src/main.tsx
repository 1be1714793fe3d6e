import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./view/explorer.css";
import { createExplorer } from "./session/explorer.ts";
import { App } from "./view/app.tsx";

const explorer = createExplorer();
const root = createRoot(document.getElementById("root") as HTMLElement);
root.render(
	<StrictMode>
		<App explorer={explorer} />
	</StrictMode>,
);

// a replaced session leaves no timer, no lock and no second refresh behind
import.meta.hot?.accept();
import.meta.hot?.dispose(() => {
	root.unmount();
	explorer.close();
});
