# phonelab: build, lab and tests. The two commands of the README are `make lab` and `make test`.
#
#   make            the five programs, in build/bin/
#   make lab        everything that is missing is installed, then the office lab runs (Ctrl-C ends it)
#   make test       everything that is missing is installed, then every suite runs
#   make check      the same with a minute of fuzzing for each target
#   make nightly    hours: ten minutes of fuzzing for each target, the suites on a busy machine, the benchmarks
#   make why-gate   random mutations of running labs, and whether `phonelab why` names them
#   make bench      figures, as ratios measured in one run
#   make soak       an hour of churn: nothing may grow (SOAK_MINUTES)
#   make kill-hour  an hour of processes killed and stopped at random, native and in containers (KILL_MINUTES)
#   make deps       install what is missing (apt), and nothing else
#   make install    programs, manual pages, completion and topologies, under DESTDIR and PREFIX (/usr/local)
#   make uninstall  remove exactly what make install put there
#   make deb        the Debian package, in build/deb/
#   make SAN=1 ...  the same under address and undefined-behaviour sanitizers, in build-san/
#   make CC=clang B=build-clang ...

CC      ?= gcc
SAN     ?=
ifeq ($(origin CC),default)
CC      := gcc
endif
B       ?= build$(if $(SAN),-san)

PKGS    := libnl-3.0 libnl-route-3.0 libmnl libevent jansson yaml-0.1 libxml-2.0 libpcap libcrypto sqlite3 zlib
PKGS_OK := $(shell pkg-config --exists $(PKGS) 2>/dev/null && echo yes)

,       := ,
CFLAGS  ?= $(if $(SAN),-O0,-O2) -g
WERROR  ?= -Werror
ALL_CFLAGS := -std=gnu11 -Wall -Wextra $(WERROR) -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
              -Wpointer-arith -Wvla -Wformat=2 -Wundef -Wdate-time -fno-common -fstack-protector-strong \
              -ffile-prefix-map='$(CURDIR)'=. \
              -D_GNU_SOURCE -I. $(if $(SAN),-fsanitize=address$(,)undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -Wno-format-truncation) \
              $(if $(PKGS_OK),$(shell pkg-config --cflags $(PKGS))) $(CPPFLAGS) $(CFLAGS)
ALL_LIBS := $(if $(PKGS_OK),$(shell pkg-config --libs $(PKGS))) -losipparser2 $(LDLIBS)

# A folder is a library, less its main.c. Order is the order of the floors, top first, for the linker.
LIBS    := phonelab cucm-service cucm phone-sim switch-sim cable wire base
src      = $(filter-out %/main.c,$(wildcard $(1)/*.c $(1)/*/*.c))
obj      = $(patsubst %.c,$(B)/obj/%.o,$(1))
ARCHIVES := $(foreach l,$(LIBS),$(if $(call src,$(l)),$(B)/lib/lib$(l).a))
MAINS   := $(wildcard $(foreach p,phonelab switch-sim phone-sim cable cucm-service,$(p)/main.c))
BINS    := $(patsubst %/main.c,$(B)/bin/%,$(MAINS))

SUPPORT := $(wildcard tests/support/*.c)
TESTS   := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/*/*_test.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))

.PHONY: all lab test check nightly why-gate bench soak kill-hour deps install uninstall deb clean tests syntax fuzzers msan format format-check
.SECONDARY:
all: $(BINS)

define archive
$(B)/lib/lib$(1).a: $(call obj,$(call src,$(1)))
	@mkdir -p $$(@D)
	@rm -f $$@
	@$(AR) rcsD $$@ $$^
endef
$(foreach l,$(LIBS),$(eval $(call archive,$(l))))

$(B)/obj/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC    $<"
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# Nobody waits for a test to compute; this is the least that finds a variable without a value.
$(B)/obj/tests/%.o: ALL_CFLAGS += $(if $(SAN),,-O1 -Wno-format-truncation)

$(B)/obj/cucm/config_kamailio.o: cucm/kamailio.cfg
$(B)/obj/cucm-service/core/ris_wsdl.o: cucm-service/core/ris.wsdl
$(B)/obj/phonelab/fault/catalogue.o: $(wildcard phonelab/faults/*.yaml)
$(B)/obj/phonelab/document/spelling.o: phonelab/exercises/spelling.yaml
$(B)/obj/phonelab/exercise/read.o: phonelab/exercises/office.yaml phonelab/exercises/secure.yaml topologies/office.yaml topologies/secure.yaml
$(B)/obj/phonelab/scenario/page.o: phonelab/scenario/page.css
$(B)/obj/phonelab/web/files.o: $(wildcard phonelab/web/page/*)
$(B)/obj/phonelab/command/completion.o: $(wildcard phonelab/command/completion/*)
$(B)/obj/phone-sim/driver/web_template.o: phone-sim/driver/page.html

# Only these programs confine themselves.
$(B)/bin/phone-sim $(B)/bin/switch-sim $(B)/bin/cucm-service: ALL_LIBS += -lseccomp

# Only these programs speak TLS.
$(B)/bin/cucm-service $(B)/bin/phonelab: ALL_LIBS += -levent_openssl -lssl
$(B)/bin/phone-sim: ALL_LIBS += -lssl
# Where gold is installed, it links the tests in half the time.
$(TESTS): ALL_LIBS += -Wl,--as-needed -levent_openssl -lssl -lseccomp $(if $(shell command -v ld.gold),-fuse-ld=gold)
$(B)/bin/%: $(B)/obj/%/main.o $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $< -Wl,--start-group $(ARCHIVES) -Wl,--end-group $(ALL_LIBS)

$(B)/tests/%: $(B)/obj/tests/%.o $(call obj,$(SUPPORT)) $(ARCHIVES)
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(ALL_CFLAGS) -o $@ $< $(call obj,$(SUPPORT)) -Wl,--start-group $(ARCHIVES) -Wl,--end-group \
	    $(ALL_LIBS) -lcmocka

tests: $(TESTS) $(B)/tests/limits.so

# A test loads it into the programs of a lab. It replaces functions of libc, which no prototype here declares.
$(B)/tests/limits.so: tests/preload/limits.c tests/preload/limits.h
	@mkdir -p $(@D)
	@echo "  LD    $@"
	@$(CC) $(filter-out -fsanitize%,$(ALL_CFLAGS)) -fPIC -shared -o $@ $<

# Every C file, those of fuzz targets too, read by the compiler, which makes no code: a third of the time of a build.
SYNTAX  := $(patsubst %.c,$(B)/syntax/%,$(sort $(foreach l,$(LIBS),$(call src,$(l))) $(MAINS) $(wildcard tests/*/*.c tests/fuzz/support/*.c)))
syntax: $(SYNTAX)
$(B)/syntax/%: %.c
	@mkdir -p $(@D)
	@$(CC) $(ALL_CFLAGS) -fsyntax-only $<
	@touch $@

# No thread can be made.
$(B)/tests/unit/closer_test: ALL_LIBS += -Wl,--wrap=pthread_create

# They fail the Nth allocation of the code that they test.
$(B)/tests/unit/switch_memory_test: ALL_LIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
$(B)/tests/unit/phone_memory_test: ALL_LIBS += -Wl,--wrap=malloc,--wrap=calloc,--wrap=strdup,--wrap=phone_handle

# It fails the Nth allocation of our objects, within the cores, parsers and services.
$(B)/tests/unit/allocation_test: ALL_LIBS += $(foreach f,malloc calloc realloc strdup asprintf vasprintf EVP_MD_CTX_new \
    EVP_CIPHER_CTX_new xmlNewParserCtxt xmlCtxtReadMemory osip_message_init phone_handle switch_core_new switch_core_frame \
    switch_core_tick service_begin service_run service_changed service_rows,-Wl$(,)--wrap=$(f))

# Fuzz targets are clang's, with every file that they use instrumented. A target has the objects that it needs and no
# others: libFuzzer reads the counters of the whole program after each input.
FUZZ_FLAGS = $(filter-out -fsanitize%,$(ALL_CFLAGS)) -O1 -fno-omit-frame-pointer
FUZZ_SRC   = $(foreach l,base wire switch-sim/core phone-sim/core phone-sim/memory phonelab/document phonelab/topology, \
                 $(wildcard $(l)/*.c)) \
             $(wildcard cable/panel_msg.c cable/panel_body.c switch-sim/driver/switch_file*.c \
                 phone-sim/driver/rack_config.c phone-sim/driver/http_response.c cucm/rpc.c cucm/registrations.c \
                 cucm/losses.c cucm/states.c cucm/guid.c cucm/name.c cucm-service/core/*.c \
                 phonelab/fault/read.c phonelab/fault/keys.c phonelab/fault/catalogue.c phonelab/fault/rows.c \
                 phonelab/fault/client.c phonelab/fault/target.c phonelab/fault/apply.c \
                 phonelab/scenario/read.c phonelab/scenario/keys.c phonelab/scenario/settle*.c \
                 switch-sim/driver/recording.c phonelab/sequence/*.c phonelab/web/frames.c tests/fuzz/support/*.c)
FUZZ_OBJ   = $(patsubst %.c,$(B)/fuzz-obj/%.o,$(FUZZ_SRC))
# The cores and the cursors compare states, times and lengths, nothing that an input has to guess.
# What tests/fuzz/support does is no coverage.
$(B)/fuzz-obj/switch-sim/core/%.o $(B)/fuzz-obj/phone-sim/core/%.o $(B)/fuzz-obj/wire/cursor.o: FUZZ_COVERAGE = -fno-sanitize-coverage=trace-cmp
$(B)/fuzz-obj/tests/fuzz/support/%.o: FUZZ_COVERAGE = -fno-sanitize=fuzzer-no-link
$(B)/fuzz-obj/%.o: %.c
	@mkdir -p $(@D)
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer-no-link,address,undefined $(FUZZ_COVERAGE) -MMD -MP -c -o $@ $<
$(B)/fuzz-obj/all.a: $(FUZZ_OBJ) Makefile
	@rm -f $@
	@$(AR) rcsD $@ $(FUZZ_OBJ)
$(B)/fuzz/%: tests/fuzz/%.c $(B)/fuzz-obj/all.a
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	@clang $(FUZZ_FLAGS) -fsanitize=fuzzer,address,undefined -o $@ $< $(B)/fuzz-obj/all.a $(ALL_LIBS)
fuzzers: $(FUZZERS)

# The tests of codecs and of the switch core under the memory sanitizer. All that a test uses has to be instrumented, so
# these are the tests that read nothing that libxml2, osip, OpenSSL, libevent or the parser of jansson has written.
MSAN_TESTS = $(patsubst %,$(B)/msan/%_test,arp capf cdp cursor dhcp dns encfile ether event_log fail file impair_flow ipv4 ladder lldp \
                 loads log mac markup mutation nearest offload pcapng print rng switch_cdp switch_forward switch_lldp \
                 switch_mactable switch_nic switch_parse switch_poe switch_security switch_show switch_snooping switch_timer \
                 switch_trace text tftp tftp_client trustlist tvs utf8 vxlan)
MSAN_FLAGS = $(filter-out -fsanitize%,$(ALL_CFLAGS)) -O1 -fno-omit-frame-pointer -fsanitize=memory -fsanitize-memory-track-origins=2
MSAN_SRC   = $(filter-out %/phonexml%.c %/sip%.c %/dissect%.c %/edit%.c,$(foreach l,base wire switch-sim/core,$(wildcard $(l)/*.c))) \
             $(wildcard phone-sim/core/tftp_*.c switch-sim/driver/switch_file*.c) \
             $(patsubst %,tests/support/%.c,command frames mutate sample_frames switch_bench toy_switch wire_check)
MSAN_OBJ   = $(patsubst %.c,$(B)/msan-obj/%.o,$(MSAN_SRC))
$(B)/msan-obj/%.o: %.c
	@mkdir -p $(@D)
	@clang $(MSAN_FLAGS) -MMD -MP -c -o $@ $<
$(B)/msan-obj/all.a: $(MSAN_OBJ) Makefile
	@rm -f $@
	@$(AR) rcsD $@ $(MSAN_OBJ)
$(B)/msan/%: $(B)/msan-obj/tests/unit/%.o $(B)/msan-obj/tests/msan/jansson.o $(B)/msan-obj/all.a
	@mkdir -p $(@D)
	@clang $(MSAN_FLAGS) -o $@ $^ -Wl,--as-needed $(ALL_LIBS) -lcmocka
msan: $(MSAN_TESTS)

lab:
	@ci/deps build run
	@$(MAKE) --no-print-directory -s -j2 all
	@$(B)/bin/phonelab up topologies/office.yaml

test:
	@ci/deps build run test
	@ci/test

check:
	@ci/deps build run test package
	@TIER=check ci/test

nightly:
	@ci/deps build run test nightly package
	@TIER=nightly ci/test
	@$(MAKE) --no-print-directory bench

why-gate:
	@ci/deps build run test
	@ci/test why

bench:
	@ci/deps build run test
	@$(MAKE) --no-print-directory -s -j2 all
	@ci/bench
	@ci/bench-secure
	@if [ "$$(id -u)" = 0 ]; then ci/bench-closets; else echo 'ci/bench-closets: skipped: needs root'; fi
	@ci/bench-scenarios
	@ci/bench-why
	@ci/bench-web

soak:
	@ci/deps build run test
	@$(MAKE) --no-print-directory -s -j2 all
	@ci/soak

kill-hour:
	@ci/deps build run test
	@$(MAKE) --no-print-directory -s -j2 all
	@ci/kill-hour native
	@ci/compose-test --build-only
	@ci/kill-hour compose

deps:
	@ci/deps build run test

PREFIX  ?= /usr/local
ZSHDIR  ?= zsh/site-functions
RECORD  ?= record
install: all
	@ci/install '$(DESTDIR)' '$(PREFIX)' '$(ZSHDIR)' '$(RECORD)' $(BINS)
uninstall:
	@ci/install --uninstall '$(DESTDIR)' '$(PREFIX)'

deb:
	@ci/deps build package
	@ci/deb

FORMATTED = $(wildcard $(foreach d,$(LIBS) tests,$(d)/*.[ch] $(d)/*/*.[ch]) tests/fuzz/support/*.[ch] ci/*/*.c)
format:
	clang-format -i $(FORMATTED)
format-check:
	@clang-format --dry-run -Werror $(FORMATTED)

clean:
	rm -rf build build-san build-clang

OBJ_DIRS := $(wildcard $(B)/obj $(B)/fuzz-obj $(B)/msan-obj)
-include $(if $(OBJ_DIRS),$(shell find $(OBJ_DIRS) -name '*.d'))
