import { createContext, useContext } from "react";
import type { Explorer } from "../session/explorer.ts";

export const ExplorerContext = createContext<Explorer | null>(null);

export function useExplorer(): Explorer {
	const explorer = useContext(ExplorerContext);
	if (!explorer) throw new Error("no explorer");
	return explorer;
}
