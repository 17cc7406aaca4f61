#!/bin/bash
# Register over TLS with the openssl command: tls_register.sh ADDRESS DEVICE NUMBER PEM [OPTION...]
#
# PEM has the key, the certificate and that of its issuer; further options are those of openssl s_client. Prints the status line of the
# final answer and its Warning, then what kamcmd knows of the connections (if CTL names its socket); "no answer" and the alert if
# there is none.
set -u
address=$1 device=$2 number=$3 pem=$4
shift 4
errors=$(mktemp)
coproc S { exec openssl s_client -quiet -connect "$address:5061" -tls1_2 -cert "$pem" -key "$pem" -cert_chain "$pem" "$@" 2>"$errors"; }
pid=$S_PID
printf 'REGISTER sip:%s SIP/2.0\r\nVia: SIP/2.0/TLS %s:5099;branch=z9hG4bK%s\r\nFrom: <sip:%s@%s>;tag=1\r\nTo: <sip:%s@%s>\r\nCall-ID: %s\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nContact: <sip:line@%s:5099;transport=tls>;+u.sip!devicename.ccm.cisco.com="%s"\r\nExpires: 120\r\nContent-Length: 0\r\n\r\n' \
	"$address" "$address" "$RANDOM" "$number" "$address" "$number" "$address" "$device-$RANDOM" "$address" "$device" >&"${S[1]}" 2>/dev/null
status=
while [ -n "${S[0]:-}" ] && read -r -t 20 -u "${S[0]}" line; do
	line=${line%$'\r'}
	case "$line" in
	'SIP/2.0 100 '*) ;;
	'SIP/2.0 '*) status=1; echo "$line" ;;
	Warning:*) echo "$line" ;;
	'') [ -z "$status" ] || break ;;
	esac
done 2>/dev/null
if [ -z "$status" ]; then
	echo 'no answer'
	grep -o 'alert [a-z ]*' "$errors"
fi
[ -z "${CTL:-}" ] || kamcmd -s "unixs:$CTL" tls.list | sed -n 's/^\t*//;/cipher/p;/state/p'
kill "$pid" 2>/dev/null
rm -f "$errors"
