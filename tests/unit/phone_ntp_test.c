/* The clock of the phone by NTP: what sets it, which server is asked, and the certificates that become valid by it. */
#include "tests/support/phone_test.h"

#include "tests/support/secure_lab.h"

#define FIRST	 0x0a6e004d /* 10.110.0.77 */
#define SECOND_S 0x0a6e004e
#define LAB_S	 INT64_C(1795226400) /* the phone's own clock at time 0, and about that of the call managers */
#define YEARS	 INT64_C(100000000)

/* A phone whose configuration names two NTP servers, which are three years ahead. */
static struct memory_lab *ntp_lab(void)
{
	struct memory_lab *lab = one_phone();
	struct phonexml_config config;

	memory_lab_config_of(lab, 0, &config);
	strcpy(config.ntp[0], "10.110.0.77");
	strcpy(config.ntp[1], "10.110.0.78");
	config.ntps = 2;
	memory_lab_put_config(lab, 0, &config);
	for (unsigned n = 0; n < LAB_NTPS; n++)
		lab->ntp[n] =
		    (struct lab_ntp){.address = n ? SECOND_S : FIRST, .clock_s = LAB_S + YEARS, .stratum = 3};
	return lab;
}

/* The year of the Date that the phone sends with its REGISTER. */
static int year_of(const struct memory_lab *lab)
{
	const char *date = strstr(lab->cm[0].last, "\r\nDate: ");
	int year = 0;

	assert_non_null(date);
	assert_int_equal(sscanf(date, "\r\nDate: %*3s, %*d %*3s %d", &year), 1);
	return year;
}

/* Register again, so that the phone sends its clock. */
static void register_again(struct memory_lab *lab)
{
	memory_lab_control(lab, 0, PHONE_CONTROL_RESTART);
	memory_lab_run_for(lab, SECOND / 10);
	must_register(lab, 30);
}

static void a_server_sets_the_clock(void **state)
{
	struct memory_lab *lab = ntp_lab();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 5 * SECOND);
	assert_said(lab, "clock.set");
	assert_said(lab, "stratum 3, step 100000000 s");
	/* The 200 of the call manager had another Date. */
	register_again(lab);
	assert_int_equal(year_of(lab), 2030);
	assert_int_equal(lab->ntp[1].requests, 0);
	memory_lab_free(lab);
}

static void without_power_the_time_is_forgotten(void **state)
{
	struct memory_lab *lab = ntp_lab();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 5 * SECOND);
	register_again(lab);
	assert_int_equal(year_of(lab), 2030);
	lab->ntp[0].health = LAB_SILENT;
	memory_lab_kind(lab, 0, PHONE_POWER_OFF);
	memory_lab_run_for(lab, SECOND);
	memory_lab_power_on(lab);
	memory_lab_run_for(lab, SECOND / 10);
	must_register(lab, 30);
	assert_int_equal(year_of(lab), 2026);
	memory_lab_free(lab);
}

static void without_ntp_the_call_manager_sets_the_clock(void **state)
{
	struct memory_lab *lab = one_phone();

	(void)state;
	lab->ntp[0] = (struct lab_ntp){.address = FIRST, .clock_s = LAB_S + YEARS, .stratum = 3};
	memory_lab_power_on(lab);
	must_register(lab, 5);
	register_again(lab);
	assert_int_equal(year_of(lab), 2026);
	assert_int_equal(lab->ntp[0].requests, 0);
	memory_lab_free(lab);
}

/* The second server is asked if the first one is of no use. */
static void the_next_server(void **state)
{
	static const struct {
		struct lab_ntp first;
		const char *why;
		unsigned requests;
	} cases[] = {
	    {{.address = FIRST, .health = LAB_SILENT}, "no answer", 2},
	    {{.address = FIRST, .health = LAB_REFUSES}, "Connection refused", 1},
	    {{.address = FIRST, .health = LAB_UNREACHABLE}, "No route to host", 1},
	    {{.address = FIRST, .stratum = 16}, "the server is not synchronized", 1},
	    {{.address = FIRST, .stratum = 3, .leap = 3}, "the server is not synchronized", 1},
	    {{.address = FIRST, .kiss = "DENY"}, "kiss of death DENY", 1},
	    {{.address = FIRST, .stratum = 3, .stale = true}, "no answer", 2},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memory_lab *lab = ntp_lab();

		lab->ntp[0] = cases[i].first;
		lab->ntp[0].clock_s = LAB_S - YEARS;
		memory_lab_power_on(lab);
		must_register(lab, 5);
		memory_lab_run_for(lab, 10 * SECOND);
		assert_said(lab, cases[i].why);
		assert_int_equal(lab->ntp[0].requests, cases[i].requests);
		assert_int_equal(lab->ntp[1].requests, 1);
		assert_int_equal(memory_lab_said_times(lab, "clock.set"), 1);
		assert_said(lab, "stratum 3, step 10000000"); /* a Date may have come before */
		memory_lab_free(lab);
	}
}

/* The clock is asked for again; a server that does not want to be asked is left out. */
static void again_after_some_minutes(void **state)
{
	struct memory_lab *lab = ntp_lab();

	(void)state;
	lab->ntp[0].stratum = 0;
	lab->ntp[0].kiss = "RATE";
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 1000 * SECOND);
	assert_int_equal(lab->ntp[1].requests, 1);
	memory_lab_run_for(lab, 40 * SECOND);
	assert_int_equal(lab->ntp[0].requests, 1);
	assert_int_equal(lab->ntp[1].requests, 2);
	memory_lab_free(lab);
}

/* When no server answers any more, the Date of the call manager counts again. */
static void servers_that_fall_silent(void **state)
{
	struct memory_lab *lab = ntp_lab();

	(void)state;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	memory_lab_run_for(lab, 5 * SECOND);
	lab->ntp[0].health = lab->ntp[1].health = LAB_SILENT;
	memory_lab_run_for(lab, 1200 * SECOND); /* asked again, and refreshed since */
	register_again(lab);
	assert_int_equal(year_of(lab), 2026);
	memory_lab_free(lab);
}

/* Nothing is sent on a socket that is closed, and the question ends with the power. */
static void power_goes_in_the_midst(void **state)
{
	struct memory_lab *lab = ntp_lab();

	(void)state;
	lab->ntp[0].health = LAB_SILENT;
	memory_lab_power_on(lab);
	must_register(lab, 5);
	assert_int_equal(lab->ntp[0].requests, 1);
	memory_lab_kind(lab, 0, PHONE_POWER_OFF);
	memory_lab_run_for(lab, 10 * SECOND);
	assert_int_equal(lab->ntp[0].requests, 1);
	assert_int_equal(lab->ntp[1].requests, 0);
	assert_int_equal(lab->phone[0].dead_sends, 0);
	memory_lab_free(lab);
}

/* The certificate of the call managers is valid from a day on that the phone's own clock has not reached. */
static void certificates_are_valid_by_this_clock(void **state)
{
	struct lab_signer *manager =
	    lab_certificate_new("cm-x", true, LAB_S + YEARS / 2, LAB_S + 2 * YEARS, NULL);

	(void)state;
	for (int ntp = 0; ntp < 2; ntp++) {
		struct memory_lab *lab = secure_lab(PHONEXML_SECURITY_ENCRYPTED);

		lab->tls_cm[0].certificate = lab->tls_cm[1].certificate = manager;
		memory_lab_tvs_knows(lab, manager, TRUSTLIST_CCM);
		lab->ntp[0] = (struct lab_ntp){.address = FIRST, .clock_s = LAB_S + YEARS, .stratum = 1};
		strcpy(secure_config()->ntp[0], "10.110.0.77");
		secure_config()->ntps = (unsigned)ntp;
		secure_put_config(lab);
		memory_lab_power_on(lab);
		if (ntp) {
			must_register(lab, 30);
		} else {
			memory_lab_run_for(lab, 30 * SECOND);
			assert_rung(lab, LADDER_CM_CONNECT, LADDER_FAILED, "not valid yet");
		}
		memory_lab_free(lab);
	}
	lab_signer_free(manager);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_server_sets_the_clock),
	    cmocka_unit_test(without_power_the_time_is_forgotten),
	    cmocka_unit_test(without_ntp_the_call_manager_sets_the_clock),
	    cmocka_unit_test(the_next_server),
	    cmocka_unit_test(again_after_some_minutes),
	    cmocka_unit_test(servers_that_fall_silent),
	    cmocka_unit_test(power_goes_in_the_midst),
	    cmocka_unit_test(certificates_are_valid_by_this_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
