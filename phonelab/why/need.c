#include "phonelab/why/need.h"

#include <stdio.h>
#include <string.h>

#include "base/ladder.h"

#define FILES ", by HTTP at port 6970, then by TFTP at port 69"

const struct why_need why_needs[] = {
    {LADDER_DHCP, "sends DISCOVER, then REQUEST, by broadcast in its VLAN to UDP port 67",
     "an OFFER and an ACK with a free address, a subnet mask, a server identifier, a lease time and option "
     "150 "
     "(else 66, else siaddr)"},
    {LADDER_CTL, "asks for CTLPHONE.tlv" FILES,
     "404, or a CTL that is signed by a key of its installed list"},
    {LADDER_ITL, "asks for ITLPHONE.tlv, then ITLFile.tlv" FILES,
     "404, or an ITL that is signed by a key of its installed list"},
    {LADDER_CONFIG, "asks for PHONE.cnf.xml, then XMLDefault.cnf.xml, which gives no line" FILES,
     "the file with 200 and a <device> that has a call manager and a line"},
    {LADDER_FIRMWARE,
     "asks for the file of the load that <loadInformation> names, then the images in it" FILES,
     "images of its model"},
    {LADDER_DIAL_RULES, "asks for AppDialRules.xml, then the file that <dialTemplate> names" FILES,
     "404 for AppDialRules.xml, or XML"},
    {LADDER_CM_CONNECT, "connects to each <processNodeName> in order, at its <sipPort>",
     "one accepted connection"},
    {LADDER_REGISTER, "sends REGISTER for the <name> of its first line with <proxy> USECALLMANAGER",
     "200 OK for at least 25 s, or a challenge if <authName> and <authPassword> are in its configuration"},
    {LADDER_LOCALE, "asks for the files of <userLocale> and <networkLocale>" FILES, "XML"},
    {LADDER_SOFTKEYS, "asks for the file that <softKeyFile> names" FILES, "XML"},
    {LADDER_RINGTONES, "asks for Ringlist-wb.xml, then the rings in it" FILES, "404, or XML"},
    {0},
};

const struct why_need *why_need_of(int step)
{
	for (const struct why_need *need = why_needs; need->step; need++)
		if (need->step == step)
			return need;
	return NULL;
}

const char *why_need_text(int step, const char *phone, bool signed_files, char *text, size_t size)
{
	const struct why_need *need = why_need_of(step);
	const char *at, *next;
	size_t used = 0;

	text[0] = 0;
	if (!need)
		return text;
	used = (size_t)snprintf(text, size, "At step %d, %s, a phone ", step, ladder_step_name(step));
	for (at = need->asks; (next = strstr(at, "PHONE")) && used < size; at = next + strlen("PHONE"))
		used += (size_t)snprintf(text + used, size - used, "%.*s%s", (int)(next - at), at, phone);
	if (used < size)
		snprintf(text + used, size - used, "%s%s; it needs %s.", at,
			 signed_files ? " (each name with .sgn: its trust list demands signed files)" : "",
			 need->answer);
	return text;
}
