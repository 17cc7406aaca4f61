# Print build/bench-why.json as a table.
def right(n): tostring | (" " * ([n - length, 0] | max) // "") + .;
def left(n): . + (" " * ([n - length, 0] | max) // "");
def s: . * 100 | round / 100 | tostring;
"\(.machine.cpu), \(.machine.processors) processors, Linux \(.machine.kernel), load \(.machine.load)",
"",
"  phones  stream  " + ("question" | left(22)) + ("wall, s" | right(9)) + ("CPU, s" | right(9)) + ("CPU of the lab, s" | right(20)) + ("groups" | right(9)),
(.rows[] | "  \(.phones | right(6))  \(.stream | left(6))  \(.question | left(22))\(.wall_s | s | right(9))\(.cpu_s | s | right(9))\(.lab_cpu_s | s | right(20))\((if .groups > 0 then .groups else "" end) | right(9))")
