import { useState } from "react";
import { codeSample } from "../session/code-sample.ts";
import { useExplorer } from "./explorer-context.ts";
import { ScrollArea } from "./scroll-area.tsx";
import { useCell } from "./use-cell.ts";

/** Strings, words of the language, the rest. */
const parts =
	/("[^"]*")|\b(import|from|export|const|await)\b|([^"]+?(?=\b(?:import|from|export|const|await)\b|"|$))/gs;

function Highlighted({ code }: { readonly code: string }) {
	return [...code.matchAll(parts)].map(
		({ 0: text, 1: string, 2: word, index }) =>
			string || word ? (
				<span key={index} className={string ? "code-string" : "code-word"}>
					{text}
				</span>
			) : (
				text
			),
	);
}

export function CodePanel() {
	const explorer = useExplorer();
	const code = codeSample(useCell(explorer.settings));
	const [copied, setCopied] = useState("");
	return (
		<div className="code">
			<div className="toolbar">
				<span className="note">
					What you would write for what is chosen above.
				</span>
				<span className="spacer" />
				<button
					type="button"
					onClick={async () => {
						try {
							await navigator.clipboard.writeText(code);
							setCopied("Copied.");
						} catch {
							setCopied("This browser does not let us copy.");
						}
					}}
				>
					Copy
				</button>
				<span className="note" role="status">
					{copied}
				</span>
			</div>
			<ScrollArea label="Code">
				<pre>
					<code data-testid="code">
						<Highlighted code={code} />
					</code>
				</pre>
			</ScrollArea>
		</div>
	);
}
