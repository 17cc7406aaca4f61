/* The expected value of a key, as text for messages. */
#include "phonelab/document/keys.h"

#include <stdio.h>
#include <string.h>

static void list_words(const struct key *key, char *text, size_t size)
{
	size_t used = (size_t)snprintf(text, size, "one of ");

	for (size_t i = 0; key->choices[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? ", " : "", key->choices[i]);
}

static void list_choices(const struct key *key, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; key->choices[i] && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s",
					 !i		       ? ""
					 : key->choices[i + 1] ? ", "
							       : " or ",
					 key->choices[i]);
}

void key_expected(const struct key *key, char *text, size_t size)
{
	long long min = key->min, max = key->max;

	switch (key->type) {
	case KEY_TEXT: snprintf(text, size, "text of %lld to %lld characters", min, max); return;
	case KEY_NAME:
		snprintf(text, size, "a name of %lld to %lld letters, digits or hyphens", min, max);
		return;
	case KEY_NUMBER: snprintf(text, size, "a directory number: up to 24 digits, *, # or +"); return;
	case KEY_LOAD: snprintf(text, size, "the name of a load, such as sip78xx.14-2-1-0001-125"); return;
	case KEY_TOKEN:
		snprintf(text, size,
			 "up to %lld letters, digits or characters of \"%s\", a letter or digit first", max,
			 key->choices[0]);
		return;
	case KEY_FLAG: snprintf(text, size, "true or false"); return;
	case KEY_INTEGER: snprintf(text, size, "a number from %lld to %lld", min, max); return;
	case KEY_WATTS:
		snprintf(text, size, "a power with its unit from %lldW to %lldW, such as 370W", min / 1000,
			 max / 1000);
		return;
	case KEY_DURATION:
		snprintf(text, size, "a time from %llds to %llds, such as 90s, 30m, 1h or 7d", min, max);
		return;
	case KEY_TIME:
		snprintf(text, size, "a time from %lldms to %llds, such as 500ms, 2s, 1.5s or 1m", min,
			 max / 1000);
		return;
	case KEY_CHOICE: list_choices(key, text, size); return;
	case KEY_VLAN: snprintf(text, size, "a VLAN from 1 to 4094%s", min < 0 ? ", or none" : ""); return;
	case KEY_IPV4: snprintf(text, size, "an IPv4 address, such as 10.110.0.2"); return;
	case KEY_SUBNET:
		snprintf(
		    text, size,
		    "a subnet with a prefix of %lld to %lld bits and no host bits, such as 10.110.0.0/24",
		    min, max);
		return;
	case KEY_RANGE: snprintf(text, size, "FIRST-LAST, such as 10.110.0.50-10.110.0.250"); return;
	case KEY_MAC: snprintf(text, size, "a MAC address of one device, such as 00:11:22:aa:bb:01"); return;
	case KEY_PORT: snprintf(text, size, "a port, such as Gi1/0/5 or sw1 Gi1/0/5"); return;
	case KEY_PORTS: snprintf(text, size, "a port or a range, such as Gi1/0/5 or Gi1/0/1-8"); return;
	case KEY_FROM: snprintf(text, size, "the word from and a number, such as from 2001"); return;
	case KEY_WORD: list_words(key, text, size); return;
	case KEY_OBJECT:
	case KEY_TREE: snprintf(text, size, "a map"); return;
	case KEY_OTHERS:
		snprintf(text, size, "the value of a DHCP option: up to 500 characters in one line");
		return;
	}
}
