#include "phonelab/lab/probe_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "cable/raw.h"
#include "wire/ether.h"

#define CHECK_MS 1250  /* from the begin of a check; the rest of PROBE_MS is for frames on their way */
#define REST_US	 60000 /* frames that pass no point for so long are lost */
#define FIRST	 64    /* octets of a file that are reported */

/* --- helpers of the kinds --- */

void probe_end(const struct probe_run *run, struct probe_check *check, const char *result)
{
	if (check->done)
		return;
	check->done = true;
	json_object_set_new(check->result, "result", json_string(result));
	json_object_set_new(check->result, "ms", json_integer((json_int_t)(run->now - check->begun) / 1000));
}

int probe_socket(struct probe_check *check, int type)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(check->place->address)};
	socklen_t size = sizeof(here);
	int fd = setns(check->place->netns, CLONE_NEWNET)
		     ? -1
		     : socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&here, sizeof(here)) ||
	    getsockname(fd, (struct sockaddr *)&here, &size)) {
		close(fd);
		return -EADDRNOTAVAIL;
	}
	check->key.port = ntohs(here.sin_port);
	json_object_set_new(check->result, "mark", json_integer(check->key.port));
	return fd;
}

void probe_set_first(json_t *result, const void *bytes, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * FIRST + 1];
	const uint8_t *octets = bytes;
	size_t n = length < FIRST ? length : FIRST;

	for (size_t i = 0; i < n; i++) {
		text[2 * i] = digits[octets[i] >> 4];
		text[2 * i + 1] = digits[octets[i] & 15];
	}
	text[2 * n] = 0;
	json_object_set_new(result, "first", json_string(text));
}

const char *probe_errno_word(int err)
{
	switch (err) {
	case ECONNREFUSED: return "refused";
	case ECONNRESET:
	case EPIPE: return "reset";
	case EHOSTUNREACH:
	case ENETUNREACH: return "unreachable";
	case ETIMEDOUT: return "silent";
	}
	return "error";
}

/* --- the plan --- */

static const struct probe_action *action_of(const struct probe_check *check)
{
	static const struct probe_action *const actions[PROBE_KINDS] = {
	    &probe_arp,	 &probe_icmp, &probe_tcp,  &probe_http,	  &probe_sip,
	    &probe_tftp, &probe_dns,  &probe_dhcp, &probe_resolve};

	return check->key.udp ? &probe_sip_udp : actions[check->key.kind];
}

static void open_place(struct probe_place *place)
{
	const struct raw_options options = {.interface = "eth0"};
	struct fail ignored = {0};
	int pmtu = IP_PMTUDISC_DO;

	place->icmp = -1;
	if (setns(place->netns, CLONE_NEWNET))
		return;
	if (raw_open(&place->link, -1, &options, &ignored))
		place->link = NULL;
	if (!place->address)
		return;
	place->icmp = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP);
	if (place->icmp >= 0)
		setsockopt(place->icmp, IPPROTO_IP, IP_MTU_DISCOVER, &pmtu, sizeof(pmtu));
}

static int read_places(struct probe_run *run, const json_t *plan, const int *netns, size_t count)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(plan, "places"), i, item) {
		struct probe_place *place = &run->place[i];
		size_t ns = (size_t)json_int(item, "netns");

		if (i >= PROBE_PLACES || ns >= count || mac_parse(&place->mac, json_text(item, "mac")))
			return -EINVAL;
		place->name = json_text(item, "name");
		place->netns = netns[ns];
		place->vlan = (uint16_t)json_int(item, "vlan");
		ipv4_parse(&place->address, json_text(item, "address"));
		open_place(place);
		run->places = i + 1;
	}
	return 0;
}

static int read_checks(struct probe_run *run, const json_t *plan)
{
	unsigned mark = (unsigned)getpid();
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(plan, "checks"), i, item) {
		struct probe_check *check = &run->check[i];
		size_t place = (size_t)json_int(item, "place");

		if (i >= PROBE_CHECKS || place >= run->places)
			return -EINVAL;
		check->place = &run->place[place];
		check->key.kind = probe_kind_of(json_text(item, "kind"));
		check->key.udp = check->key.kind == PROBE_SIP && !strcmp(json_text(item, "transport"), "udp");
		check->key.here = check->place->address;
		ipv4_parse(&check->key.there, json_text(item, "address"));
		check->key.id = (mark * PROBE_CHECKS + (unsigned)i) & 0xffff;
		if (check->key.kind == PROBE_DHCP)
			check->key.id |= 0x77680000; /* "wh" */
		check->port = (uint16_t)json_int(item, "port");
		check->fd = -1;
		check->due = UINT64_MAX;
		check->result = json_deep_copy(item);
		if (check->key.kind == PROBE_KINDS || !check->result)
			return -EINVAL;
		run->checks = i + 1;
	}
	return 0;
}

/* --- the loop --- */

static void begin(struct probe_run *run)
{
	run->begun = run->now = clock_now_us();
	for (size_t i = 0; i < run->checks; i++) {
		struct probe_check *check = &run->check[i];

		check->begun = run->now;
		check->end = run->now + CHECK_MS * 1000;
		action_of(check)->begin(run, check);
	}
}

/* What is due, and what is over. Returns when to look again; 0: all checks have ended. */
static uint64_t advance(struct probe_run *run)
{
	uint64_t next = 0;

	run->now = clock_now_us();
	for (size_t i = 0; i < run->checks; i++) {
		struct probe_check *check = &run->check[i];
		uint64_t at;

		if (!check->done && check->due <= run->now)
			action_of(check)->due(run, check);
		if (!check->done && check->end <= run->now)
			probe_end(run, check, "silent");
		if (check->done)
			continue;
		at = check->due < check->end ? check->due : check->end;
		next = !next || at < next ? at : next;
	}
	return next;
}

static void receive_frames(struct probe_run *run, struct probe_place *place)
{
	uint8_t frame[RAW_FRAME_MAX];
	ssize_t n;

	for (int i = 0; i < 256 && (n = raw_receive(place->link, frame, sizeof(frame))) > ETHER_HEADER; i++) {
		uint16_t tci = 0;
		ssize_t bare = ether_tag_strip(frame, (size_t)n, &tci);
		unsigned vlan = bare > 0 ? ether_tci_vid(tci) : 0;

		for (size_t c = 0; c < run->checks; c++) {
			struct probe_check *check = &run->check[c];
			unsigned own = check->key.kind == PROBE_DHCP
					   ? (unsigned)json_int(check->result, "vlan")
					   : check->place->vlan;

			if (check->place == place && !check->done && own == vlan && action_of(check)->frame)
				action_of(check)->frame(run, check, frame, (size_t)(bare > 0 ? bare : n));
		}
	}
}

#define FDS (PROBE_TAPS + 2 * PROBE_PLACES + PROBE_CHECKS)

/* Wait for descriptors, up to that time, and serve them. */
static void serve(struct probe_run *run, struct probe_taps *taps, uint64_t until)
{
	struct pollfd fds[FDS];
	unsigned n = probe_taps_poll(taps, fds), first = n;
	int ms = until > run->now ? (int)((until - run->now) / 1000) + 1 : 0;

	for (size_t i = 0; i < run->places; i++) {
		fds[n++] = (struct pollfd){.fd = run->place[i].link ? raw_fd(run->place[i].link) : -1,
					   .events = POLLIN};
		fds[n++] = (struct pollfd){.fd = run->place[i].icmp, .events = POLLIN};
	}
	for (size_t i = 0; i < run->checks; i++)
		fds[n++] = (struct pollfd){.fd = run->check[i].done ? -1 : run->check[i].fd,
					   .events = run->check[i].events};
	if (poll(fds, n, ms) < 0)
		return;
	run->now = clock_now_us();
	for (size_t i = 0; i < run->places; i++) {
		if (fds[first + 2 * i].revents && run->place[i].link)
			receive_frames(run, &run->place[i]);
		if (fds[first + 2 * i + 1].revents)
			probe_icmp_receive(run, &run->place[i]);
	}
	for (size_t i = 0; i < run->checks; i++) {
		short events = fds[first + 2 * run->places + i].revents;

		if (events && !run->check[i].done && action_of(&run->check[i])->ready)
			action_of(&run->check[i])->ready(run, &run->check[i], events);
	}
	probe_taps_read(taps, run);
}

static void loop(struct probe_run *run, struct probe_taps *taps)
{
	uint64_t end = run->now + PROBE_MS * 1000, next;

	while ((next = advance(run)) != 0 && run->now < end)
		serve(run, taps, next);
	end = run->now + REST_US;
	while (run->now < end) {
		serve(run, taps, end);
		run->now = clock_now_us();
	}
}

static json_t *results(struct probe_run *run)
{
	json_t *list = json_array();

	for (size_t i = 0; i < run->checks; i++) {
		struct probe_check *check = &run->check[i];

		if (action_of(check)->finish)
			action_of(check)->finish(run, check);
		json_array_append(list, check->result);
	}
	return list;
}

static void release(struct probe_run *run, struct probe_taps *taps)
{
	probe_taps_close(taps);
	for (size_t i = 0; i < run->checks; i++) {
		json_decref(run->check[i].result);
		text_free(&run->check[i].request);
		text_free(&run->check[i].reply);
		if (run->check[i].fd >= 0)
			close(run->check[i].fd);
	}
	for (size_t i = 0; i < run->places; i++) {
		raw_close(run->place[i].link);
		if (run->place[i].icmp >= 0)
			close(run->place[i].icmp);
	}
	free(run);
}

int probe_run(const json_t *plan, const int *netns, size_t count, json_t **result, struct fail *fail)
{
	struct probe_run *run = calloc(1, sizeof(*run));
	struct probe_taps *taps = NULL;
	int err = run ? 0 : -ENOMEM;

	if (!err)
		err = read_places(run, plan, netns, count);
	if (!err)
		err = read_checks(run, plan);
	if (!err && !(taps = probe_taps_open(plan, netns, count, run)))
		err = -ENOMEM;
	if (err) {
		fail_set(fail, err, "the probe cannot begin: %s", strerror(-err));
	} else {
		begin(run);
		loop(run, taps);
		*result = probe_taps_result(taps, run, (int64_t)(run->now - REST_US));
		json_object_set_new(*result, "checks", results(run));
	}
	if (run)
		release(run, taps);
	return err;
}
