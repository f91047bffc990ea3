// Values as people read them. What is not known is a dash.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
export const DASH = "–";

const known = (tell) => (value) =>
  value === null || value === undefined || Number.isNaN(value) ? DASH : tell(value);

/** 12,345 */
export const count = known((n) => whole.format(n));

/** 0.3 s, 12 s, 4.5 min, 3.0 h */
export const seconds = known((s) =>
  s < 10
    ? `${s.toFixed(1)} s`
    : s < 120
      ? `${s.toFixed(0)} s`
      : s < 7200
        ? `${(s / 60).toFixed(1)} min`
        : `${(s / 3600).toFixed(1)} h`,
);

/** 97.31%, 98%; never 100% of what is not all of it. */
export const percent = known((x) => `${Number((x < 1 ? Math.min(x * 100, 99.99) : 100).toFixed(2))}%`);

/** 97% */
export const share = known((x) => `${Math.round(x * 100)}%`);

/** 0.1234 */
export const figure = known((x) => x.toFixed(4));

/** 512 MiB */
export const mib = known((bytes) => `${whole.format(bytes / 1048576)} MiB`);

/** 14:03:59 of UTC, as everything here. */
export const clock = known((ms) => new Date(ms).toISOString().slice(11, 19));

/** 14:03 */
export const minute = known((ms) => new Date(ms).toISOString().slice(11, 16));

/** 2026-01-01 14:03:59 */
export const moment = known((ms) =>
  Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString().slice(0, 19).replace("T", " ") : String(ms),
);
