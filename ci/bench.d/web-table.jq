# The results of ci/bench-web as a table.
def pad($n): tostring | " " * ([0, $n - length] | max) + .;
def ms: . * 10 | round / 10;
def share: .cpu_ms / .seconds / 10 | . * 100 | round / 100;
"phones  without viewer  viewer, at rest  viewer, boot   first paint  event to page p50    p95    p99  timers late p95",
(.rows[] | (.boot.phones | pad(6)) + (.no_viewer | "\(share) %" | pad(16)) + (.one_viewer | "\(share) %" | pad(17)) + (.boot | "\(share) %" | pad(14)) +
	("\(.first_paint_ms | ms) ms" | pad(14)) + ("\(.event_to_page_ms.p50 | ms) ms" | pad(19)) + (.event_to_page_ms.p95 | ms | pad(7)) +
	(.event_to_page_ms.p99 | ms | pad(7)) + ("\(.late_ms.p95 | ms) ms" | pad(17))),
"Percent of one processor. Processors: \(.machine.processors), load \(.machine.load)."
