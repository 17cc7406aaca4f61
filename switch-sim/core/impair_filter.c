#include "switch-sim/core/impair.h"

#include <ctype.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "wire/ether.h"

/* Capture filters, compiled by libpcap and run here. */

#define EXPRESSION_MAX 512
#define WORD_MAX       64

struct impair_filter {
	struct bpf_program program;
	bool wants_tag;
};

/* The words of the language (pcap-filter(7)). Any other word would be a name, which libpcap looks up in files
 * and by DNS. */
static const char words[] = " host src dst net mask port portrange proto protochain gateway ether link ip "
			    "ip6 arp rarp tcp udp icmp icmp6 "
			    "igmp igrp pim vrrp carp sctp ah esp less greater broadcast multicast inbound "
			    "outbound vlan mpls pppoed pppoes "
			    "and or not len geneve iso clnp esis isis stp llc moprc mopdl lat atalk aarp "
			    "decnet netbeui ipx addr1 addr2 "
			    "icmptype icmpcode icmp6type icmp6code tcpflags tcp-fin tcp-syn tcp-rst tcp-push "
			    "tcp-ack tcp-urg tcp-ece tcp-cwr "
			    "icmp-echoreply icmp-unreach icmp-sourcequench icmp-redirect icmp-echo "
			    "icmp-routeradvert icmp-routersolicit "
			    "icmp-timxceed icmp-paramprob icmp-tstamp icmp-tstampreply icmp-ireq "
			    "icmp-ireqreply icmp-maskreq icmp-maskreply ";

static bool is_word(const char *word)
{
	char wanted[WORD_MAX + 3];

	snprintf(wanted, sizeof(wanted), " %s ", word);
	return strstr(words, wanted) != NULL;
}

/* 0x1f, 10.0.0.0, 00:11:22:aa:bb:cc, aa.bb.cc, fe80::1 */
static bool is_number(const char *word)
{
	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		return word[2 + strspn(word + 2, "0123456789abcdefABCDEF")] == 0;
	if (strchr(word, ':'))
		return word[strspn(word, "0123456789abcdefABCDEF:.")] == 0;
	return word[strspn(word, "0123456789.-")] == 0;
}

static bool in_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '.' || c == '-' || c == ':';
}

/* A word, or several joined by minus signs. */
static bool is_known(char *word, bool *vlan)
{
	if (is_number(word) || is_word(word)) {
		*vlan = *vlan || !strcmp(word, "vlan");
		return true;
	}
	for (char *part = word, *minus; part; part = minus) {
		minus = strchr(part, '-');
		if (minus)
			*minus++ = 0;
		if (*part && !is_number(part) && !is_word(part))
			return false;
		*vlan = *vlan || !strcmp(part, "vlan");
	}
	return true;
}

/* "ip[0:4]", "udp[8:2]" and "tcp[tcpflags]": what is between brackets is numbers and such words; the colon
 * parts them. */
static int check_words(const char *expression, bool *vlan, struct fail *fail)
{
	unsigned bracket = 0;

	for (const char *at = expression; *at;) {
		char word[WORD_MAX], copy[WORD_MAX];
		size_t length = 0;

		if (!isprint((unsigned char)*at) && !isspace((unsigned char)*at))
			return fail_set(fail, -EINVAL, "filter: byte %zu is not text",
					(size_t)(at - expression) + 1);
		bracket += *at == '[';
		bracket -= *at == ']' && bracket;
		if (!in_word(*at) || (bracket && *at == ':')) {
			at++;
			continue;
		}
		while (in_word(at[length]) && !(bracket && at[length] == ':'))
			length++;
		if (length >= sizeof(word))
			return fail_set(fail, -EINVAL,
					"filter: found \"%.20s...\", expected words of a capture filter", at);
		memcpy(word, at, length);
		word[length] = 0;
		memcpy(copy, word, length + 1);
		if (!is_known(word, vlan))
			return fail_set(fail, -EINVAL,
					"filter: found \"%s\", expected a word of capture filters, a number "
					"or an address "
					"(names of hosts and services are not looked up)",
					copy);
		at += length;
	}
	return 0;
}

int impair_filter_new(struct impair_filter **result, const char *expression, struct fail *fail)
{
	bool vlan = false;
	struct impair_filter *filter;
	pcap_t *pcap;
	int err = 0;

	if (strlen(expression) > EXPRESSION_MAX)
		return fail_set(fail, -EINVAL, "filter: found %zu characters, expected at most %d",
				strlen(expression), EXPRESSION_MAX);
	err = check_words(expression, &vlan, fail);
	if (err)
		return err;
	filter = calloc(1, sizeof(*filter));
	pcap = pcap_open_dead(DLT_EN10MB, 65535);
	if (!filter || !pcap)
		err = fail_set(fail, -ENOMEM, "filter: no memory");
	else if (pcap_compile(pcap, &filter->program, expression, 1, PCAP_NETMASK_UNKNOWN))
		err = fail_set(fail, -EINVAL, "filter: found \"%.120s\", expected a capture filter: %s",
			       expression, pcap_geterr(pcap));
	if (pcap)
		pcap_close(pcap);
	if (err) {
		free(filter);
		return err;
	}
	filter->wants_tag = vlan;
	*result = filter;
	return 0;
}

void impair_filter_free(struct impair_filter *filter)
{
	if (!filter)
		return;
	pcap_freecode(&filter->program);
	free(filter);
}

static bool run(const struct impair_filter *filter, const uint8_t *data, size_t length)
{
	const struct pcap_pkthdr header = {.caplen = (bpf_u_int32)length, .len = (bpf_u_int32)length};

	return pcap_offline_filter(&filter->program, &header, data) != 0;
}

bool impair_filter_match(const struct impair_filter *filter, struct impair_frame *frame)
{
	uint8_t addresses[ETHER_ADDRESSES], *data = frame->data + ETHER_TAG;
	uint16_t tci;
	uint8_t hidden[ETHER_TAG];
	bool match;

	if (!filter)
		return true;
	if (filter->wants_tag || !ether_tag_peek(frame->data, frame->length, &tci))
		return run(filter, frame->data, frame->length);
	memcpy(addresses, frame->data, ETHER_ADDRESSES);
	memcpy(hidden, frame->data + ETHER_ADDRESSES, ETHER_TAG);
	memcpy(data, addresses, ETHER_ADDRESSES);
	match = run(filter, data, frame->length - ETHER_TAG);
	memcpy(frame->data + ETHER_ADDRESSES, hidden, ETHER_TAG);
	memcpy(frame->data, addresses, ETHER_ADDRESSES);
	return match;
}
