/*
 * The Nth allocation fails, for each N until none is left: boots of phone and switch cores, topologies, scenarios, signed files,
 * requests of AXL and RIS. Nothing crashes, nothing leaks, and the failure is reported or has no effect.
 *
 * Each N runs in a child, which prints the calls that led to the failed allocation. ALLOCATION_STRIDE=1 tests each N, not every 17th;
 * ALLOCATION_CASE tests one case, and ALLOCATION_N one N of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <execinfo.h>
#include <libxml/parser.h>
#include <malloc.h>
#include <openssl/crypto.h>
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "phonelab/scenario/scenario.h"
#include "phonelab/topology/topology.h"
#include "tests/support/memory_lab.h"
#include "tests/support/secure_lab.h"
#include "tests/support/soap_bench.h"
#include "wire/dissect.h"
#include "wire/sip.h"

#define SECOND UINT64_C(1000000)

/* --- the allocator, as our objects see it (Makefile) --- */

static bool armed;	       /* the code that is tested runs */
static unsigned seen, fail_at; /* allocations while armed; the one that fails, from 1 */
static void *place[24];	       /* the calls that led to the failed allocation */
static int places;

static bool fails(void)
{
	if (!armed || ++seen != fail_at)
		return false;
	armed = false;
	places = backtrace(place, 24);
	armed = true;
	errno = ENOMEM;
	return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *block, size_t size);
char *__real_strdup(const char *text);
int __real_vasprintf(char **text, const char *format, va_list args);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
int __wrap_vasprintf(char **text, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
int __wrap_asprintf(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
	return fails() ? NULL : __real_realloc(block, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

int __wrap_vasprintf(char **text, const char *format, va_list args)
{
	return fails() ? -1 : __real_vasprintf(text, format, args);
}

int __wrap_asprintf(char **text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = __wrap_vasprintf(text, format, args);
	va_end(args);
	return length;
}

/* Of a library, the object that it makes for us. What it does with too little memory within is its own affair. */
#define OBJECT(name, ...)                                                                                    \
	void *__real_##name(__VA_ARGS__);                                                                    \
	void *__wrap_##name(__VA_ARGS__);

OBJECT(EVP_MD_CTX_new, void)
OBJECT(EVP_CIPHER_CTX_new, void)
OBJECT(xmlNewParserCtxt, void)
OBJECT(xmlCtxtReadMemory, void *context, const char *bytes, int size, const char *url, const char *encoding,
       int options)

void *__wrap_EVP_MD_CTX_new(void)
{
	return fails() ? NULL : __real_EVP_MD_CTX_new();
}

void *__wrap_EVP_CIPHER_CTX_new(void)
{
	return fails() ? NULL : __real_EVP_CIPHER_CTX_new();
}

void *__wrap_xmlNewParserCtxt(void)
{
	return fails() ? NULL : __real_xmlNewParserCtxt();
}

void *__wrap_xmlCtxtReadMemory(void *context, const char *bytes, int size, const char *url,
			       const char *encoding, int options)
{
	return fails() ? NULL : __real_xmlCtxtReadMemory(context, bytes, size, url, encoding, options);
}

int __real_osip_message_init(void **message);
int __wrap_osip_message_init(void **message);
int __wrap_osip_message_init(void **message)
{
	return fails() ? -4 /* OSIP_NOMEM */ : __real_osip_message_init(message);
}

/* --- blocks that the tested code has allocated and nobody has freed; a sanitizer counts them itself --- */

static long blocks;

#ifndef __SANITIZE_ADDRESS__
#define NOTED_MOST (1u << 16)

static uintptr_t noted[NOTED_MOST]; /* a hash table; 1: removed */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

/* Where it is noted, or a free place; NULL: it is not noted, and there is no place. */
static uintptr_t *noted_at(uintptr_t block)
{
	size_t at = block / 16 * 40503u;
	uintptr_t *hole = NULL;

	for (size_t i = 0; i < NOTED_MOST; i++, at++) {
		uintptr_t *here = &noted[at % NOTED_MOST];

		if (*here == block)
			return here;
		if (*here <= 1 && !hole)
			hole = here;
		if (!*here)
			break;
	}
	return hole;
}

static void *note(void *block)
{
	uintptr_t *here = block && armed ? noted_at((uintptr_t)block) : NULL;

	if (here) {
		*here = (uintptr_t)block;
		blocks++;
	}
	return block;
}

static void forget(void *block)
{
	uintptr_t *here = block ? noted_at((uintptr_t)block) : NULL;

	if (here && *here == (uintptr_t)block) {
		*here = 1;
		blocks--;
	}
}

void *malloc(size_t size)
{
	return note(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return note(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size)
{
	void *more = __libc_realloc(block, size);

	if (more) {
		forget(block);
		note(more);
	}
	return more;
}

/* Freed memory is overwritten, so that a use after the free shows. */
void free(void *block)
{
	forget(block);
	if (block)
		memset(block, 0xa5, malloc_usable_size(block));
	__libc_free(block);
}
#endif

/* --- the cores, within a memory lab: its own allocations do not fail --- */

static switch_act_fn *lab_act;

void __real_phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
			 struct phone_actions *actions);
void __wrap_phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
			 struct phone_actions *actions);
void __real_switch_core_frame(struct switch_core *core, uint64_t now_us, unsigned port, uint8_t *frame,
			      size_t length);
void __wrap_switch_core_frame(struct switch_core *core, uint64_t now_us, unsigned port, uint8_t *frame,
			      size_t length);
void __real_switch_core_tick(struct switch_core *core, uint64_t now_us);
void __wrap_switch_core_tick(struct switch_core *core, uint64_t now_us);
int __real_switch_core_new(struct switch_core **core, const struct switch_config *config, uint64_t now_us,
			   switch_act_fn *act, void *arg, struct fail *fail);
int __wrap_switch_core_new(struct switch_core **core, const struct switch_config *config, uint64_t now_us,
			   switch_act_fn *act, void *arg, struct fail *fail);

static bool in_lab; /* calls of the lab into the cores are armed */

void __wrap_phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
			 struct phone_actions *actions)
{
	armed = in_lab;
	__real_phone_handle(phone, now_us, event, actions);
	armed = false;
}

void __wrap_switch_core_frame(struct switch_core *core, uint64_t now_us, unsigned port, uint8_t *frame,
			      size_t length)
{
	armed = in_lab;
	__real_switch_core_frame(core, now_us, port, frame, length);
	armed = false;
}

void __wrap_switch_core_tick(struct switch_core *core, uint64_t now_us)
{
	armed = in_lab;
	__real_switch_core_tick(core, now_us);
	armed = false;
}

static void act_unarmed(void *arg, const struct switch_action *action)
{
	bool before = armed;

	armed = false;
	lab_act(arg, action);
	armed = before;
}

int __wrap_switch_core_new(struct switch_core **core, const struct switch_config *config, uint64_t now_us,
			   switch_act_fn *act, void *arg, struct fail *fail)
{
	lab_act = act;
	return __real_switch_core_new(core, config, now_us, act_unarmed, arg, fail);
}

/* --- the cases: each returns NULL, or what is wrong --- */

/* A phone that had no memory once registers all the same: it tries again. */
static const char *boot(struct memory_lab *lab)
{
	bool registered;

	in_lab = true;
	memory_lab_power_on(lab);
	registered = memory_lab_run(lab, 1800 * SECOND, memory_lab_all_registered);
	in_lab = false;
	memory_lab_free(lab);
	return registered ? NULL : "not registered after half an hour";
}

static const char *boot_on_a_switch(void)
{
	struct lab_config config = {.phones = 1, .seed = 11, .use_switch = true, .capf_string = "1234"};

	return boot(memory_lab_new(&config));
}

static const char *boot_of_a_secure_phone(void)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	/* The lists do not have this certificate: TVS is asked. */
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = cluster_renewed();
	memory_lab_tvs_knows(lab, cluster_renewed(), TRUSTLIST_CCM);
	return boot(lab);
}

static const char *boot_with_capf(void)
{
	struct memory_lab *lab = secure_lab_of(PHONEXML_SECURITY_ENCRYPTED, NULL);

	/* Without a certificate the phone must enrol before it registers. */
	lab->capf.operation = CAPF_OPERATION_INSTALL;
	lab->capf.ec_bits = 256;
	secure_config()->capf_mode = PHONEXML_CAPF_NULL_STRING;
	secure_put_config(lab);
	free(lab->phone[0].mic);
	lab->phone[0].mic = NULL;
	return boot(lab);
}

/* A phone with files in flash starts again. It keeps its trust lists: without them it would install any list. */
static const char *boot_from_flash(void)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);
	const struct lab_phone *slot = &lab->phone[0];

	memory_lab_power_on(lab);
	if (!memory_lab_run(lab, 1800 * SECOND, memory_lab_all_registered))
		return "not registered at first";
	in_lab = true;
	memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
	memory_lab_run_for(lab, 5 * SECOND);
	memory_lab_run(lab, lab->now_us + 1800 * SECOND, memory_lab_all_registered);
	in_lab = false;
	if (!slot->registered || !slot->ctl_length || !slot->itl_length ||
	    memory_lab_said_times(lab, "message CTL Installed") != 1)
		return "not registered again, or a list was lost";
	memory_lab_free(lab);
	return NULL;
}

static const char *make_a_phone(void)
{
	struct phone_config config = {
	    .mac = {{2, 0, 0, 0, 0, 1}}, .model = "7841", .seed = 1, .cdp = true, .capf_string = "1234"};
	struct phone *phone;

	armed = true;
	phone = phone_new(&config);
	armed = false;
	phone_free(phone);
	if (!phone && !fail_at)
		return "no phone, though there is memory";
	return phone && fail_at && seen >= fail_at ? "a phone that lacks something" : NULL;
}

static void no_action(void *arg, const struct switch_action *action)
{
	(void)arg;
	if (action->kind == SWITCH_ACTION_EVENT)
		json_decref(action->event.evidence);
}

/* A person at the switch: each answer is the usual one, or none. */
static const char *commands_of_a_switch(void)
{
	static const char *const configure[] = {"ip dhcp snooping",
						"vlan 10",
						"name DATA",
						"ip arp inspection vlan 10",
						"interface range Gi1/0/1 - 4",
						"switchport access vlan 10",
						"switchport port-security",
						"switchport port-security maximum 2",
						"monitor session 1 source interface Gi1/0/2",
						"monitor session 1 destination interface Gi1/0/3"};
	static const char *const show[] = {"running-config",
					   "interfaces status",
					   "mac address-table",
					   "cdp neighbors",
					   "power inline",
					   "vlan",
					   "ip dhcp snooping binding",
					   "port-security",
					   "lldp neighbors detail"};
	static struct switch_port_config ports[8];
	struct switch_config config = {.name = "sw1", .members = 1, .access = 8, .ports = ports};
	struct switch_core *core = NULL;
	struct fail fail = {0};
	unsigned id;
	json_t *rule = json_pack("{s:s,s:s,s:i}", "port", "Gi1/0/1", "action", "delay", "ms", 20), *list;

	for (unsigned i = 0; i < 8; i++)
		switch_port_config_init(&ports[i], false);
	if (__real_switch_core_new(&core, &config, 0, no_action, NULL, &fail))
		return "no switch";
	armed = true;
	for (size_t i = 0; i < sizeof(configure) / sizeof(configure[0]); i++)
		free(switch_core_configure(core, 0, &configure[i], 1, NULL));
	for (size_t i = 0; i < sizeof(show) / sizeof(show[0]); i++)
		free(switch_core_show(core, 0, &show[i], 1));
	switch_core_impair_add(core, 0, rule, &id, &fail);
	list = switch_core_impair_list(core, 0);
	json_decref(list);
	json_decref(switch_core_status(core, 0));
	switch_core_impair_clear(core, 0, 0, &fail);
	armed = false;
	switch_core_free(core);
	json_decref(rule);
	return NULL;
}

static const char *read_a_topology(void)
{
	struct complaints complaints = {0};
	struct topology *topology;
	char *text;

	armed = true;
	topology = topology_read("topologies/secure.yaml", 0, &complaints);
	armed = false;
	text = complaints_text(&complaints);
	free(text);
	if (!topology == !complaints.n) {
		topology_free(topology);
		return topology ? "a topology and complaints" : "neither a topology nor a complaint";
	}
	topology_free(topology);
	return NULL;
}

static const char *read_a_scenario(void)
{
	struct complaints complaints = {0};
	struct scenario *scenario;

	armed = true;
	scenario = scenario_read("scenarios/healthy-boot.yaml", &complaints);
	armed = false;
	free(complaints_text(&complaints));
	scenario_free(scenario);
	return !scenario == !complaints.n ? "not exactly one of scenario and complaint" : NULL;
}

static const char request[] =
    "REGISTER sip:cucm-pub SIP/2.0\r\n"
    "Via: SIP/2.0/TCP 10.110.1.50:49152;branch=z9hG4bK1\r\n"
    "From: <sip:2001@cucm-pub>;tag=1\r\nTo: <sip:2001@cucm-pub>\r\n"
    "Call-ID: 1@10.110.1.50\r\nCSeq: 101 REGISTER\r\nMax-Forwards: 70\r\n"
    "Contact: <sip:u@10.110.1.50:49152;transport=tcp>;+sip.instance=\"<urn:uuid:1>\""
    ";+u.sip!devicename.ccm.cisco.com=\"SEP001122AABB01\"\r\n"
    "Authorization: Digest username=\"a\",realm=\"b\",uri=\"sip:c\",nonce=\"d\","
    "response=\"e\"\r\nSupported: replaces,join\r\nExpires: 3600\r\n"
    "Content-Length: 0\r\n\r\n";

static const char *decode_sip(void)
{
	struct sip_message *message = NULL;
	struct wire_error error = {0};
	int err;

	armed = true;
	err = sip_decode(request, sizeof(request) - 1, &message, &error);
	armed = false;
	if (!err)
		sip_free(message);
	if (err && !fail_at)
		return "the message is refused, though there is memory";
	return err && err != -ENOMEM ? "the message is called malformed" : NULL;
}

/* A configuration as the lab writes it. */
static const char *decode_xml(void)
{
	static struct phonexml_config config;
	struct phonexml_error error;
	struct lab_config one = {.phones = 1, .seed = 11};
	struct memory_lab *lab = memory_lab_new(&one);
	const struct lab_file *file = memory_lab_file(lab, "SEP0A0000000001.cnf.xml");
	int err;

	armed = true;
	err = phonexml_config_decode(file->bytes, file->length, &config, &error);
	armed = false;
	memory_lab_free(lab);
	if (err && !fail_at)
		return "the file is refused, though there is memory";
	return err && err != -ENOMEM ? "the file is called malformed" : NULL;
}

/* The services run armed, the bench around them does not. */
enum service_next __real_service_begin(struct service_call *call, struct service *service,
				       const struct service_request *from, uint64_t now_us);
enum service_next __wrap_service_begin(struct service_call *call, struct service *service,
				       const struct service_request *from, uint64_t now_us);
enum service_next __real_service_run(struct service_call *call, const struct table *table,
				     const struct cucm_states *states, uint64_t now_us);
enum service_next __wrap_service_run(struct service_call *call, const struct table *table,
				     const struct cucm_states *states, uint64_t now_us);
void __real_service_changed(struct service_call *call, int err, const char *why);
void __wrap_service_changed(struct service_call *call, int err, const char *why);
void __real_service_rows(struct service_call *call, const json_t *rows, const char *why);
void __wrap_service_rows(struct service_call *call, const json_t *rows, const char *why);

enum service_next __wrap_service_begin(struct service_call *call, struct service *service,
				       const struct service_request *from, uint64_t now_us)
{
	enum service_next next;

	armed = true;
	next = __real_service_begin(call, service, from, now_us);
	armed = false;
	return next;
}

enum service_next __wrap_service_run(struct service_call *call, const struct table *table,
				     const struct cucm_states *states, uint64_t now_us)
{
	enum service_next next;

	armed = true;
	next = __real_service_run(call, table, states, now_us);
	armed = false;
	return next;
}

void __wrap_service_changed(struct service_call *call, int err, const char *why)
{
	armed = true;
	__real_service_changed(call, err, why);
	armed = false;
}

void __wrap_service_rows(struct service_call *call, const json_t *rows, const char *why)
{
	armed = true;
	__real_service_rows(call, rows, why);
	armed = false;
}

static char *usual; /* what a request does when there is memory */

static char *whole_of(const struct soap_bench *bench)
{
	char *change = bench->change ? json_dumps(bench->change, JSON_SORT_KEYS) : NULL, *whole;

	if (asprintf(&whole, "%s\n%s\n%s", bench->reply ? bench->reply : "", change ? change : "",
		     bench->sql ? bench->sql : "") < 0)
		abort();
	free(change);
	return whole;
}

static const char *soap_request(void (*send)(struct soap_bench *bench))
{
	struct soap_bench bench;
	const char *wrong = NULL;
	char *whole = NULL;

	soap_bench_begin(&bench, 4);
	send(&bench);
	if (!fail_at && bench.status != 200)
		wrong = "no status 200, though there is memory";
	else if (!bench.status)
		wrong = "no status";
	else if (!fail_at && !usual)
		usual = whole_of(&bench);
	else if (bench.status == 200 && strcmp(whole = whole_of(&bench), usual) != 0)
		wrong = "status 200, but not the same reply, change or query";
	free(whole);
	soap_bench_end(&bench);
	return wrong;
}

static void send_update(struct soap_bench *bench)
{
	soap_bench_axl(bench, "updatePhone",
		       "<name>SEP000000000001</name><description>a</description><lines><line><index>1</index>"
		       "<label>L</label><dirn><pattern>10001</pattern></dirn></line></lines>");
}

static void send_get(struct soap_bench *bench)
{
	soap_bench_axl(bench, "getPhone", "<name>SEP000000000001</name>");
}

static void send_list(struct soap_bench *bench)
{
	soap_bench_axl(bench, "listPhone",
		       "<searchCriteria><name>SEP%</name></searchCriteria><returnedTags><name/><description/>"
		       "</returnedTags>");
}

static void send_query(struct soap_bench *bench)
{
	static json_t *rows;

	if (!rows)
		rows = json_pack("[{s:s,s:n}]", "name", "value", "empty");
	bench->rows = rows;
	soap_bench_axl(bench, "executeSQLQuery", "<sql>select name from device</sql>");
}

static void send_select(struct soap_bench *bench)
{
	soap_bench_ris(bench, "selectCmDevice", "", NULL);
}

static const char *request_update(void)
{
	return soap_request(send_update);
}

static const char *request_get(void)
{
	return soap_request(send_get);
}

static const char *request_list(void)
{
	return soap_request(send_list);
}

static const char *request_query(void)
{
	return soap_request(send_query);
}

static const char *request_ris(void)
{
	return soap_request(send_select);
}

/* --- each N --- */

#ifndef __SANITIZE_ADDRESS__
/* A sanitizer reports by itself. */
static void crashed(int number)
{
	dprintf(STDERR_FILENO, "allocation %u: signal %d; the allocation was made by:\n", fail_at, number);
	backtrace_symbols_fd(place, places, STDERR_FILENO);
	_exit(1);
}
#endif

/* The libraries keep their last error. */
static void forget_errors(void)
{
	xmlResetLastError();
	OPENSSL_thread_stop();
}

/* In a child: run the case and leave. Status 0: as it must be. */
static void child(const char *(*run)(void), unsigned n)
{
	long before = blocks;
	const char *wrong;

	alarm(60);
#ifndef __SANITIZE_ADDRESS__
	signal(SIGSEGV, crashed);
	signal(SIGBUS, crashed);
#endif
	fail_at = n;
	seen = 0;
	wrong = run();
	forget_errors();
	if (!wrong && blocks != before)
		wrong = blocks > before ? "a leak" : "freed too often";
#ifdef __SANITIZE_ADDRESS__
	if (!wrong && __lsan_do_recoverable_leak_check())
		wrong = "a leak";
#endif
	if (!wrong)
		_exit(0);
	dprintf(STDERR_FILENO, "allocation %u: %s (%ld blocks)\n", n, wrong, blocks - before);
	backtrace_symbols_fd(place, places, STDERR_FILENO);
	_exit(1);
}

/* Programs that cannot read their files for want of memory exit with status 3, and report why. */
static bool ended_with_a_reason(int status, const char *log)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == ARENA_STATUS &&
	       !strcmp(log, "phonelab: out of memory\n");
}

static bool fails_at(const char *name, const char *(*run)(void), unsigned n)
{
	char log[8192] = "";
	int out = memfd_create("log", MFD_CLOEXEC), status;
	pid_t pid;
	ssize_t length;

	assert_true(out >= 0);
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		dup2(out, STDERR_FILENO);
		child(run, n);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	length = pread(out, log, sizeof(log) - 1, 0);
	log[length > 0 ? length : 0] = '\0';
	close(out);
	if ((WIFEXITED(status) && !WEXITSTATUS(status)) || ended_with_a_reason(status, log))
		return false;
	print_error("%s: allocation %u: status 0x%x: %s\n", name, n, (unsigned)status, log);
	return true;
}

struct memory_case {
	const char *name;
	const char *(*run)(void);
	unsigned least; /* allocations: fewer of them, and the case does not test what it should */
};

static unsigned from_environment(const char *name, unsigned otherwise)
{
	const char *text = getenv(name);

	return text ? (unsigned)strtoul(text, NULL, 10) : otherwise;
}

static void each_allocation_fails(void **state)
{
	const struct memory_case *one = *state;
	unsigned stride = from_environment("ALLOCATION_STRIDE", 17),
		 only = from_environment("ALLOCATION_N", 0);
	unsigned failed = 0, tested = 0, allocations;

	/* The first runs fill the caches. */
	free(usual);
	usual = NULL;
	fail_at = 0;
	for (unsigned i = 0; i < 2; i++) {
		const char *wrong;

		seen = 0;
		wrong = one->run();
		forget_errors();
		if (wrong)
			fail_msg("%s", wrong);
	}
	assert_true(stride > 0);
	allocations = seen;
	if (allocations < one->least)
		fail_msg("%u allocations, expected %u or more", allocations, one->least);
	for (unsigned n = only ? only : 1; n <= (only ? only : allocations); n += stride, tested++)
		failed += fails_at(one->name, one->run, n);
	print_message("%s: %u of %u allocations failed in turn\n", one->name, tested, allocations);
	assert_int_equal(failed, 0);
}

static const struct memory_case cases[] = {
    {"make_a_phone", make_a_phone, 3},
    {"boot_on_a_switch", boot_on_a_switch, 50},
    {"boot_of_a_secure_phone", boot_of_a_secure_phone, 50},
    {"boot_with_capf", boot_with_capf, 50},
    {"boot_from_flash", boot_from_flash, 30},
    {"commands_of_a_switch", commands_of_a_switch, 50},
    {"read_a_topology", read_a_topology, 400},
    {"read_a_scenario", read_a_scenario, 300},
    {"decode_sip", decode_sip, 3},
    {"decode_xml", decode_xml, 3},
    {"request_update", request_update, 20},
    {"request_get", request_get, 6},
    {"request_list", request_list, 5},
    {"request_query", request_query, 5},
    {"request_ris", request_ris, 10},
};

int main(void)
{
	struct CMUnitTest tests[sizeof(cases) / sizeof(cases[0])];
	const char *only = getenv("ALLOCATION_CASE");
	size_t count = 0;

	xmlInitParser();
	json_set_alloc_funcs(__wrap_malloc, free);
	places = backtrace(place, 24); /* it allocates when it is called first */
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!only || !strcmp(only, cases[i].name))
			tests[count++] = (struct CMUnitTest){.name = cases[i].name,
							     .test_func = each_allocation_fails,
							     .initial_state = (void *)(uintptr_t)&cases[i]};
	return _cmocka_run_group_tests("allocation", tests, count, NULL, NULL);
}
