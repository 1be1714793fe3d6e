import { AuthProvider } from "@keyturn/react";
import type { Explorer } from "../session/explorer.ts";
import { AuthorityPanel } from "./authority-panel.tsx";
import { CodePanel } from "./code-panel.tsx";
import { ExplorerContext } from "./explorer-context.ts";
import { FaultCard } from "./fault-card.tsx";
import { Header } from "./header.tsx";
import { IncidentCard } from "./incident-card.tsx";
import { JournalPanel } from "./journal-panel.tsx";
import { PanelTabs } from "./panel-tabs.tsx";
import { RequestCard } from "./request-card.tsx";
import { SessionCard } from "./session-card.tsx";
import { Stage } from "./stage.tsx";
import { useCell } from "./use-cell.ts";

/** The page in full, or, in the first tab's frame, what a second tab needs. */
export function App({ explorer }: { readonly explorer: Explorer }) {
	const { api, auth } = useCell(explorer.session);
	return (
		<ExplorerContext value={explorer}>
			<AuthProvider auth={auth}>
				{explorer.isBeside ? (
					<main className="beside">
						<h1 className="beside-title">The other tab</h1>
						<div className="beside-controls">
							<SessionCard api={api} />
							<RequestCard />
						</div>
						<Stage />
					</main>
				) : (
					<>
						<Header />
						<main className="layout">
							<div className="controls">
								<SessionCard api={api} />
								<RequestCard />
								<FaultCard />
							</div>
							<div className="views">
								<Stage />
								<IncidentCard />
								<PanelTabs
									label="More"
									panels={[
										{ label: "Journal", content: <JournalPanel /> },
										{ label: "Code", content: <CodePanel /> },
										{ label: "Server", content: <AuthorityPanel /> },
									]}
								/>
							</div>
						</main>
					</>
				)}
			</AuthProvider>
		</ExplorerContext>
	);
}
