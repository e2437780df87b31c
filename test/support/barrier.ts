/** Holds everyone who arrives until the expected number is there, then lets all go at once. */
export function barrier(size: number): () => Promise<void> {
  let arrived = 0;
  let open: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return async () => {
    if (++arrived === size) open();
    await opened;
  };
}

/** The same for a party of which some may never come: they wait no longer than `patienceMs` after the first arrival. */
export function meeting(size: number, patienceMs = 1000): () => Promise<void> {
  const wait = barrier(size);
  let patience: Promise<void> | undefined;
  return () => {
    patience ??= new Promise((resolve) => setTimeout(resolve, patienceMs));
    return Promise.race([wait(), patience]);
  };
}
