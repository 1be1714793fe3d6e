import { mockState } from "../mock/ready.ts";
import { apis } from "../session/apis.ts";
import { addressOf } from "../session/explorer.ts";
import { Choice } from "./choice.tsx";
import { useExplorer } from "./explorer-context.ts";
import { useCell } from "./use-cell.ts";

function ThemeChoice() {
	const explorer = useExplorer();
	return (
		<Choice
			label="Colours"
			name="theme"
			value={useCell(explorer.theme)}
			options={[
				{ value: "auto", label: "Auto" },
				{ value: "light", label: "Light" },
				{ value: "dark", label: "Dark" },
			]}
			onChange={explorer.paint}
		/>
	);
}

export function Header() {
	const explorer = useExplorer();
	const settings = useCell(explorer.settings);
	const isTabOpen = useCell(explorer.isTabOpen);
	const mock = useCell(mockState);
	return (
		<header className="header">
			<div className="brand">
				<h1>
					<img src="./icon.svg" alt="" width="28" height="28" />
					Keyturn <span>explorer</span>
				</h1>
				<p role="status">
					{mock === "starting"
						? "Starting the mock servers …"
						: mock === "failed"
							? "This browser does not let the mock servers start."
							: "A token session, live. Break it, and see why nothing breaks."}
				</p>
			</div>
			<div className="settings">
				<Choice
					label="API"
					name="api"
					value={settings.api}
					options={apis.map(({ id, label }) => ({ value: id, label }))}
					onChange={(api) => explorer.choose({ api })}
				/>
				<Choice
					label="Adapter"
					name="adapter"
					value={settings.adapter}
					options={[
						{ value: "fetch", label: "fetch" },
						{ value: "ky", label: "ky" },
					]}
					onChange={(adapter) => explorer.choose({ adapter })}
				/>
				<Choice
					label="Session lives in"
					name="keeping"
					value={settings.keeping}
					options={[
						{ value: "memory", label: "Memory" },
						{ value: "tabs", label: "All tabs" },
					]}
					onChange={(keeping) => explorer.choose({ keeping })}
				/>
				<ThemeChoice />
				<div className="tabs-buttons">
					<button
						type="button"
						aria-expanded={isTabOpen}
						onClick={() => explorer.openTab(!isTabOpen)}
					>
						{isTabOpen ? "Close the other tab" : "Open another tab"}
					</button>
					<a href={addressOf(settings)} target="_blank" rel="noreferrer">
						in a window <span aria-hidden="true">↗</span>
					</a>
				</div>
			</div>
		</header>
	);
}
