/* What the programs of a node need: database, leases, files. */
#include "phonelab/lab/inspect.h"

#include <ctype.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/ipv4.h"
#include "base/json_text.h"
#include "base/mac.h"

#define BUSY_MS	   100
#define CONFIG_MAX (1 << 20)
#define LEASES_MAX (16 << 20)
#define POOLS	   32

/* May a program read (mode bit 4) or enter (1) it? The lab's own programs are root without the right to override modes. */
static bool permits(const struct stat *st, const json_t *program, unsigned bits)
{
	long long uid = json_int(program, "uid"), gid = json_int(program, "gid");
	unsigned shift = st->st_uid == uid ? 6 : st->st_gid == gid ? 3 : 0;

	return json_is_true(json_object_get(program, "overrides")) || ((st->st_mode >> shift) & bits) == bits;
}

/* --- the database of a call manager --- */

/* The number of rows that a query gives, or -1 with an error noted. */
static long count_rows(json_t *database, sqlite3 *handle, const char *table, const char *query,
		       const char *phone)
{
	sqlite3_stmt *statement = NULL;
	long count = -1;

	if (!sqlite3_prepare_v2(handle, query, -1, &statement, NULL)) {
		if (phone)
			sqlite3_bind_text(statement, 1, phone, -1, SQLITE_STATIC);
		if (sqlite3_step(statement) == SQLITE_ROW)
			count = (long)sqlite3_column_int64(statement, 0);
	}
	if (count < 0)
		inspect_append(
		    database, "errors", INSPECT_MOST,
		    json_pack("{s:s,s:o}", "table", table, "error", json_text_new(sqlite3_errmsg(handle))));
	sqlite3_finalize(statement);
	return count;
}

static void read_tables(json_t *database, sqlite3 *handle, const json_t *phones)
{
	static const struct {
		const char *table, *all, *own;
	} tables[] = {{"device", "select count(*) from device", "select count(*) from device where name = ?"},
		      {"line", "select count(*) from line", "select count(*) from line where device = ?"},
		      {"subscriber", "select count(*) from subscriber",
		       "select count(*) from subscriber where device = ?"}};
	const json_t *phone;
	size_t i, p;

	for (i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
		long rows = count_rows(database, handle, tables[i].table, tables[i].all, NULL);
		json_t *one, *own;

		if (rows < 0)
			continue;
		own = json_object();
		one = json_pack("{s:I,s:o}", "rows", (json_int_t)rows, "phones", own);
		json_array_foreach (phones, p, phone) {
			const char *name = json_string_value(phone);

			rows = name ? count_rows(database, handle, tables[i].table, tables[i].own, name) : -1;
			if (rows >= 0)
				json_object_set_new(own, name, json_integer(rows));
		}
		json_object_set_new(database, tables[i].table, one);
	}
}

static void add_database(json_t *object, const struct inspect_target *target)
{
	json_t *database = json_object();
	sqlite3 *handle = NULL;
	char path[300], mode[32];
	struct stat st;
	int error;

	snprintf(path, sizeof(path), "%s/cucm/%s/cucm.sqlite", target->directory, target->name);
	json_object_set_new(object, "database", database);
	json_object_set_new(database, "file", json_string(path));
	if (!stat(path, &st) && !permits(&st, json_array_get(json_object_get(object, "programs"), 0), 4)) {
		snprintf(mode, sizeof(mode), "its mode is %04o", st.st_mode & 07777);
		inspect_append(database, "errors", INSPECT_MOST,
			       json_pack("{s:s,s:s}", "table", "", "error", mode));
		return;
	}
	error = sqlite3_open_v2(path, &handle, SQLITE_OPEN_READONLY, NULL);
	if (error) {
		inspect_append(database, "errors", INSPECT_MOST,
			       json_pack("{s:s,s:s}", "table", "", "error",
					 handle ? sqlite3_errmsg(handle) : "out of memory"));
	} else {
		sqlite3_busy_timeout(handle, BUSY_MS);
		read_tables(database, handle, target->phones);
	}
	sqlite3_close(handle);
}

/* --- the leases of a DHCP server --- */

struct pool {
	uint32_t first, last;
	long used, line;
};

/* "dhcp-range=set:vlan110,10.110.0.50,10.110.0.250,255.255.255.0,3600" */
static bool read_pool(const char *line, struct pool *pool)
{
	static const char key[] = "dhcp-range=";
	uint32_t found[2];
	char word[64];
	int n = 0, used;

	if (strncmp(line, key, sizeof(key) - 1))
		return false;
	for (line += sizeof(key) - 1; n < 2 && sscanf(line, "%63[^,]%n", word, &used) == 1;
	     line += used + (line[used] == ',')) {
		if (!ipv4_parse(&found[n], word))
			n++;
		else if (n)
			break;
	}
	if (n < 2 || found[1] < found[0])
		return false;
	*pool = (struct pool){.first = found[0], .last = found[1]};
	return true;
}

static size_t read_pools(json_t *dhcp, const char *path, struct pool pools[POOLS])
{
	struct fail fail = {0};
	char *text = NULL, *line, *next;
	size_t length, n = 0;
	long number = 1;

	if (file_read(path, CONFIG_MAX, &text, &length, &fail)) {
		json_object_set_new(dhcp, "config_error", json_text_new(fail.text));
		return 0;
	}
	for (line = text; line && n < POOLS; line = next, number++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		if (read_pool(line, &pools[n]))
			pools[n++].line = number;
	}
	free(text);
	return n;
}

/* "EXPIRY MAC ADDRESS NAME ID" */
static void read_lease(json_t *dhcp, const char *line, struct pool *pools, size_t n)
{
	char owner[64], address[64], name[DEVICE_TEXT];
	long long expires;
	struct mac mac;
	uint32_t ip;

	if (sscanf(line, "%lld %63s %63s", &expires, owner, address) != 3 || ipv4_parse(&ip, address))
		return;
	for (size_t i = 0; i < n; i++)
		pools[i].used += ip >= pools[i].first && ip <= pools[i].last;
	if (!mac_parse(&mac, owner)) {
		mac_format_device(&mac, name);
		json_object_set_new(json_object_get(dhcp, "phones"), name, json_string(address));
	}
}

static void read_leases(json_t *dhcp, const char *path, struct pool *pools, size_t n)
{
	struct fail fail = {0};
	char *text = NULL, *line, *next;
	size_t length;
	json_int_t leases = 0;

	if (file_read(path, LEASES_MAX, &text, &length, &fail)) {
		/* The server makes the file with its first lease. */
		if (fail.err != -ENOENT)
			json_object_set_new(dhcp, "leases_error", json_text_new(fail.text));
		return;
	}
	for (line = text; line && *line; line = next, leases++) {
		next = strchr(line, '\n');
		if (next)
			*next++ = 0;
		read_lease(dhcp, line, pools, n);
	}
	json_object_set_new(dhcp, "leases", json_integer(leases));
	free(text);
}

static void add_dhcp(json_t *object, const struct inspect_target *target)
{
	json_t *dhcp = json_pack("{s:[],s:{}}", "pools", "phones");
	struct pool pools[POOLS];
	char path[300], first[IPV4_TEXT], last[IPV4_TEXT];
	size_t n;

	json_object_set_new(object, "dhcp", dhcp);
	snprintf(path, sizeof(path), "%s/%s/dnsmasq.conf", target->directory, target->name);
	n = read_pools(dhcp, path, pools);
	snprintf(path, sizeof(path), "%s/%s/leases", target->directory, target->name);
	read_leases(dhcp, path, pools, n);
	for (size_t i = 0; i < n; i++)
		inspect_append(dhcp, "pools", INSPECT_MOST,
			       json_pack("{s:s,s:s,s:I,s:I,s:I}", "first", ipv4_format(pools[i].first, first),
					 "last", ipv4_format(pools[i].last, last), "size",
					 (json_int_t)(pools[i].last - pools[i].first) + 1, "used",
					 (json_int_t)pools[i].used, "line", (json_int_t)pools[i].line));
}

/* --- the files of a TFTP service --- */

static const char *between(const char *text, const char *end, const char *open, char *value, size_t size)
{
	const char *at = text ? strstr(text, open) : NULL;

	*value = 0;
	if (!at || (end && at > end))
		return NULL;
	at += strlen(open);
	snprintf(value, size, "%.*s", (int)strcspn(at, "<"), at);
	return at;
}

/* The call managers of the phone's configuration file, with the ports at which the phone connects. */
static void add_managers(json_t *phones, const char *root, const char *phone)
{
	struct fail ignored = {0};
	char path[400], *text = NULL, name[128], port[16];
	size_t length;
	const char *at, *end;
	json_t *files;
	bool tls;

	snprintf(path, sizeof(path), "%s/%s.cnf.xml", root, phone);
	if (file_read(path, CONFIG_MAX, &text, &length, &ignored))
		return;
	files = json_pack("{s:[]}", "managers");
	if (between(text, NULL, "<transportLayerProtocol>", port, sizeof(port)))
		json_object_set_new(files, "transport", json_text_new(port));
	tls = !strcmp(port, "3");
	json_object_set_new(phones, phone, files);
	for (at = text; (at = strstr(at, "<callManager>")); at = end) {
		end = strstr(at, "</callManager>");
		if (!end)
			break;
		between(at, end, tls ? "<securedSipPort>" : "<sipPort>", port, sizeof(port));
		if (between(at, end, "<processNodeName>", name, sizeof(name)))
			inspect_append(files, "managers", 8,
				       json_pack("{s:o,s:i}", "name", json_text_new(name), "port",
						 *port ? atoi(port)
						 : tls ? 5061
						       : 5060));
	}
	free(text);
}

#define CONFIG_MOST 1048576 /* octets of a configuration */

/* The folder that the server's configuration names; of our own servers that without a name of its own is beside it. */
static void read_root(const struct inspect_target *target, char root[300])
{
	static const char key[] = "\ntftp-root=";
	struct fail ignored = {0};
	char path[300], *text = NULL, *at;
	size_t length;

	snprintf(root, 300, "%s/%s/root", target->directory, target->name);
	snprintf(path, sizeof(path), "%s/%s/dnsmasq.conf", target->directory, target->name);
	if (file_read(path, CONFIG_MOST, &text, &length, &ignored))
		return;
	at = strstr(text, key);
	if (at && at[strlen(key)] == '/')
		snprintf(root, 300, "%.*s", (int)strcspn(at + strlen(key), ",\n"), at + strlen(key));
	free(text);
}

static void add_files(json_t *object, const struct inspect_target *target)
{
	json_t *files = json_object(), *program;
	const json_t *phone;
	struct stat st;
	char root[300];
	size_t i;

	read_root(target, root);
	json_object_set_new(object, "files", files);
	json_object_set_new(files, "root", json_string(root));
	if (stat(root, &st)) {
		json_object_set_new(files, "error", json_string(strerror(errno)));
		return;
	}
	if (!S_ISDIR(st.st_mode))
		json_object_set_new(files, "error", json_string("not a folder"));
	json_array_foreach (json_object_get(object, "programs"), i, program)
		if (!permits(&st, program, 1))
			json_object_set_new(files, "error",
					    json_sprintf("%s may not read it", json_text(program, "name")));
	json_object_set_new(files, "phones", json_object());
	json_array_foreach (target->phones, i, phone)
		if (json_is_string(phone))
			add_managers(json_object_get(files, "phones"), root, json_string_value(phone));
}

void inspect_service(json_t *object, const struct inspect_target *target)
{
	if (!target->ours)
		return;
	if (!strcmp(target->kind, "call-manager"))
		add_database(object, target);
	else if (!strcmp(target->kind, "dhcp"))
		add_dhcp(object, target);
	else if (!strcmp(target->kind, "tftp"))
		add_files(object, target);
}
