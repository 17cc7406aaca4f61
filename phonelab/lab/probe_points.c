#include "phonelab/lab/probe_points.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/json_text.h"

static int interface_index(int sock, const char *name)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, name, strnlen(name, IF_NAMESIZE - 1));
	return ioctl(sock, SIOCGIFINDEX, &request) ? 0 : request.ifr_ifindex;
}

static void read_mac(int sock, const char *interface, struct mac *mac)
{
	struct ifreq request = {0};

	memcpy(request.ifr_name, interface, strnlen(interface, IF_NAMESIZE - 1));
	if (!ioctl(sock, SIOCGIFHWADDR, &request))
		memcpy(mac->octet, request.ifr_hwaddr.sa_data, sizeof(mac->octet));
}

/* A frame goes to the next node on its way; one that arrives at a node is there. */
static void set_next(struct probe_point *points, unsigned n)
{
	struct mac *next = NULL;

	for (unsigned i = n; i-- > 0;) {
		if (points[i].node && !points[i].out)
			next = &points[i].mac;
		points[i].to[0] = next;
		next = points[i].node ? &points[i].mac : next;
	}
	next = NULL;
	for (unsigned i = 0; i < n; i++) {
		if (points[i].node && points[i].out)
			next = &points[i].mac;
		points[i].to[1] = next;
		next = points[i].node ? &points[i].mac : next;
	}
}

void probe_points_read(struct probe_points *points, const json_t *path, const int *socks, size_t count)
{
	const json_t *item;
	size_t i;

	points->n = 0;
	json_array_foreach (path, i, item) {
		unsigned tap = (unsigned)json_int(item, "tap");
		const char *interface = json_text(item, "interface");

		if (tap >= count || i >= PROBE_PATH || socks[tap] < 0)
			return;
		points->point[i] = (struct probe_point){.tap = tap,
							.ifindex = interface_index(socks[tap], interface),
							.out = json_is_true(json_object_get(item, "out")),
							.node = *json_text(item, "node") != 0};
		read_mac(socks[tap], interface, &points->point[i].mac);
	}
	points->n = (unsigned)i;
	set_next(points->point, points->n);
}

const struct probe_point *probe_points_at(const struct probe_points *points, unsigned number, bool back)
{
	return &points->point[back ? points->n - 1 - number : number];
}

static int find(const struct probe_points *points, unsigned tap, int ifindex, bool out, bool back)
{
	for (unsigned number = 0; number < points->n; number++) {
		const struct probe_point *point = probe_points_at(points, number, back);

		if (point->tap == tap && point->ifindex == ifindex && point->out == (out != back))
			return (int)number;
	}
	return -1;
}

int probe_points_find(const struct probe_points *points, unsigned tap, int cable,
		      const struct sockaddr_ll *from, bool arp, bool back)
{
	bool out = from->sll_pkttype == PACKET_OUTGOING;
	int number = find(points, tap, from->sll_ifindex, out, back);

	if (number >= 0 || !cable)
		return number;
	number = find(points, tap, cable, out, back);
	/* The switch sends ARP by the cable and by the lane. */
	if (number >= 0 && arp && out != probe_points_at(points, (unsigned)number, back)->node)
		return -ENOENT;
	return number;
}

unsigned probe_points_next_node(const struct probe_points *points, unsigned sender, bool back)
{
	const struct probe_point *point = probe_points_at(points, sender, back);

	if (!point->node || point->out == back)
		return 0;
	for (unsigned number = sender + 1; number < points->n; number++)
		if (probe_points_at(points, number, back)->node)
			return number;
	return 0;
}
