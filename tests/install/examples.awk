# SPDX-License-Identifier: MIT
#
# Takes the examples out of a page in mdoc or Markdown: one folder for each, named by its number,
# with its kind, its argument, the line where it begins, and each command with what is shown after
# it. Variables: out, the folder to write to; markdown.

# As a reader sees it.
function plain(line) {
    gsub(/\\-/, "-", line)
    gsub(/\\\(aq/, "'", line)
    gsub(/\\\(ti/, "~", line)
    gsub(/\\\(ha/, "^", line)
    gsub(/\\\(ga/, "`", line)
    gsub(/\\&/, "", line)
    gsub(/\\e/, "\\", line)
    return line
}

function put(name, text) {
    print text >>(folder "/" name)
    close(folder "/" name)
}

function begin(what, with) {
    folder = sprintf("%s/%03d", out, ++count)
    system("mkdir " folder)
    put("kind", what)
    put("argument", with)
    put("line", FNR)
    commands = 0
    inside = 1
}

# A session has prompts; any other text is a file, or in Markdown a script of one line commands.
function take(line, kind) {
    gsub(/YOUR-API-KEY/, "vergesim-key", line)
    if (kind == "file" || kind == "queries") {
        put("content", line)
    } else if ((line ~ /^[$] / || line ~ /^# / && kind != "demo") && !(kind == "script" || kind == "systemd" && markdown)) {
        put(sprintf("command.%03d", ++commands), substr(line, 3))
        system(sprintf(": >%s/shown.%03d", folder, commands))
    } else if (kind == "script" || kind == "systemd" && markdown) {
        if (line !~ /^[ \t]*(#|$)/) {
            put(sprintf("command.%03d", ++commands), line)
        }
    } else if (line ~ /^> / && commands) {
        put(sprintf("command.%03d", commands), substr(line, 3))
    } else if (commands) {
        put(sprintf("shown.%03d", commands), line)
    }
}

!markdown && /^\.\\" example: / { kind = $3; argument = $4; next }
!markdown && /^\.Bd -literal/ { begin(kind, argument); next }
!markdown && /^\.Ed/ { inside = 0; next }

markdown && inside && /^```/ { inside = 0; next }
markdown && !inside && /^```/ {
    kind = $0 ~ /console/ ? "demo" : $0 ~ /systemd/ ? "systemd" : $0 ~ /sh/ ? "script" : "shown"
    begin(kind, "")
    next
}

inside { take(markdown ? $0 : plain($0), kind) }
