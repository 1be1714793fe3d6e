export {
	type BrowserAuth,
	type BrowserAuthOptions,
	type BrowserDiagnostics,
	browserAuth,
} from "./browser-auth.ts";
export { browserSignals } from "./browser-signals.ts";
export type {
	BrowserStore,
	StoreDiagnostics,
	StoreOptions,
} from "./browser-store.ts";
export {
	type IndexedDbStoreOptions,
	indexedDbStore,
	type Seal,
	type SealedRecord,
} from "./indexed-db-store.ts";
export type { FaultListener, StorageFault } from "./storage-fault.ts";
export {
	type CoordinatorDiagnostics,
	type Exclusion,
	type TabCoordinator,
	tabCoordinator,
} from "./tab-coordinator.ts";
export {
	type WebStorageStoreOptions,
	webStorageStore,
} from "./web-storage-store.ts";
