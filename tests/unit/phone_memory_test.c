/* Memory is short for the phone: each of its allocations fails once. The lists, the LSC and the configuration that it holds stay, and
 * it registers in the end. */
#include "tests/support/phone_test.h"

#include "tests/support/secure_lab.h"

static unsigned until_failure; /* 0: no allocation fails */
static bool inside;	       /* the core is handling an event */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
char *__real_strdup(const char *text);
void __real_phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
			 struct phone_actions *out);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
			 struct phone_actions *out);

static bool fails(void)
{
	return inside && until_failure && !--until_failure;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

char *__wrap_strdup(const char *text)
{
	return fails() ? NULL : __real_strdup(text);
}

void __wrap_phone_handle(struct phone *phone, uint64_t now_us, const struct phone_event *event,
			 struct phone_actions *out)
{
	inside = true;
	__real_phone_handle(phone, now_us, event, out);
	inside = false;
}

static void a_phone_that_cannot_be_made(void **state)
{
	const struct phone_config config = {.model = "7841", .capf_string = "4711"};
	unsigned failures = 0;
	struct phone *phone;

	(void)state;
	for (;;) {
		until_failure = failures + 1;
		inside = true;
		phone = phone_new(&config);
		inside = false;
		if (phone)
			break;
		failures++;
	}
	assert_int_equal(failures, 3); /* the phone, its configuration, the string */
	until_failure = 0;
	phone_free(phone);
}

/* The first boot of a secure phone: lists, TVS, CAPF, SIP. */
static struct memory_lab *first_boot(void)
{
	struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

	lab->quiet = true;
	lab->capf.operation = CAPF_OPERATION_INSTALL;
	lab->capf.ec_bits = 256;
	secure_config()->capf_mode = PHONEXML_CAPF_NULL_STRING;
	secure_put_config(lab);
	lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = cluster_renewed();
	memory_lab_tvs_knows(lab, cluster_renewed(), TRUSTLIST_CCM);
	memory_lab_power_on(lab);
	return lab;
}

static bool at_rest(struct memory_lab *lab)
{
	return memory_lab_all_registered(lab) && lab->phone[0].ctl && lab->phone[0].itl && lab->phone[0].lsc;
}

static void each_allocation_of_the_first_boot(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (bool failed = true; failed; failures++) {
		struct memory_lab *lab = first_boot();

		until_failure = failures + 1;
		if (!memory_lab_run(lab, lab->now_us + 3600 * SECOND, at_rest))
			fail_msg("allocation %u failed, and the phone is not registered: %s", failures + 1,
				 memory_lab_detail(lab, 0, LADDER_CM_CONNECT));
		failed = !until_failure;
		until_failure = 0;
		memory_lab_free(lab);
	}
	assert_true(failures > 20);
}

/* The ITL in flash is the only list. A stranger's list comes with the next boot: only a phone that has lost its own takes it. */
static void each_allocation_of_the_second_boot(void **state)
{
	unsigned failures = 0;

	(void)state;
	for (bool failed = true; failed; failures++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_NONE);
		struct lab_phone *slot = &lab->phone[0];
		uint8_t itl[8192];
		size_t length;

		lab->quiet = true;
		memory_lab_remove_file(lab, "CTLSEP0A0000000001.tlv");
		memory_lab_power_on(lab);
		must_register(lab, 10);
		length = slot->itl_length;
		assert_true(length > 0 && length <= sizeof(itl));
		memcpy(itl, slot->itl, length);
		memory_lab_put_trust_list(lab, "ITLFile.tlv", cluster_renewed_signer(), NULL, false);
		memory_lab_control(lab, 0, PHONE_CONTROL_RESET);
		until_failure = failures + 1;
		memory_lab_run_for(lab, SECOND);
		if (!memory_lab_run(lab, lab->now_us + 3600 * SECOND, memory_lab_all_registered))
			fail_msg("allocation %u failed, and the phone is not registered: %s", failures + 1,
				 memory_lab_detail(lab, 0, LADDER_CM_CONNECT));
		failed = !until_failure;
		until_failure = 0;
		assert_int_equal(slot->itl_length, length);
		assert_memory_equal(slot->itl, itl, length);
		memory_lab_free(lab);
	}
	assert_true(failures > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_phone_that_cannot_be_made),
	    cmocka_unit_test(each_allocation_of_the_first_boot),
	    cmocka_unit_test(each_allocation_of_the_second_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
