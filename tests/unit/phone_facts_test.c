/* What a phone reports of failures, and what it went on without. */
#include "tests/support/phone_test.h"

#include "base/text.h"

/* "http:6 call-manager:10": the codes and steps of what the phone went on without. */
static void assert_continued(struct memory_lab *lab, const char *expected)
{
	struct phone_view view = memory_lab_view(lab, 0);
	struct text text = {0};

	for (unsigned i = 0; i < view.continued_count; i++)
		text_add(&text, "%s%s:%d", i ? " " : "", view.continued[i].code, view.continued[i].step);
	assert_string_equal(text.bytes ? text.bytes : "", expected);
	text_free(&text);
}

static void an_offer_that_comes_too_late(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.delay_us = 20 * SECOND; /* five DISCOVERs take less */
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, 80 * SECOND);
	assert_said(lab, "message DHCP timeout");
	assert_said(lab, "dhcp.late [");
	assert_int_equal(lab->dhcp.requests, 0);
	memory_lab_free(lab);
}

static void an_offer_in_time_is_not_late(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_false(memory_lab_said(lab, "dhcp.late"));
	assert_false(memory_lab_said(lab, "dhcp.other"));
	memory_lab_free(lab);
}

static void a_second_server(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->dhcp.two = true;
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_int_equal(memory_lab_said_times(lab, "dhcp.other [4]"), 1);
	memory_lab_free(lab);
}

static void a_healthy_boot_is_not_marked(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 10);
	assert_continued(lab, "");
	memory_lab_free(lab);
}

/* Until the phone reads its files again. */
static void http_is_dead(void **state)
{
	static const enum lab_health dead[] = {LAB_REFUSES, LAB_SILENT};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct memory_lab *lab = one_phone();

		lab->server[0].http = dead[i];
		memory_lab_power_on(lab);
		must_register(lab, 60);
		assert_continued(lab, "http:6");
		lab->server[0].http = LAB_UP;
		memory_lab_control(lab, 0, PHONE_CONTROL_RESTART);
		memory_lab_run_for(lab, SECOND);
		must_register(lab, 60);
		assert_continued(lab, "");
		memory_lab_free(lab);
	}
}

static void the_first_call_manager_refuses(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->cm[0].tcp = LAB_REFUSES;
	memory_lab_power_on(lab);
	must_register(lab, 60);
	assert_continued(lab, "call-manager:10");
	memory_lab_free(lab);
}

static void a_file_is_missing(void **state)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config *config = calloc(1, sizeof(*config));

	(void)state;
	assert_non_null(config);
	memory_lab_config_of(lab, 0, config);
	strcpy(config->soft_key_file, "SKnone.xml");
	memory_lab_put_config(lab, 0, config);
	free(config);
	memory_lab_power_on(lab);
	must_register(lab, 60);
	assert_continued(lab, "file:13");
	memory_lab_free(lab);
}

static void lldp_saves_cdp(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->wire.cdp = false;
	lab->wire.lldp = true;
	memory_lab_power_on(lab);
	must_register(lab, 60);
	assert_continued(lab, "cdp:3");
	memory_lab_free(lab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_offer_that_comes_too_late),
	    cmocka_unit_test(an_offer_in_time_is_not_late),
	    cmocka_unit_test(a_second_server),
	    cmocka_unit_test(a_healthy_boot_is_not_marked),
	    cmocka_unit_test(http_is_dead),
	    cmocka_unit_test(the_first_call_manager_refuses),
	    cmocka_unit_test(a_file_is_missing),
	    cmocka_unit_test(lldp_saves_cdp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
