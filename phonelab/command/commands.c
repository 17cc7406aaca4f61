/* The table of commands, in the order in which help lists them. */
#include "phonelab/command/command.h"

#include "phonelab/lab/plan.h"

const struct command commands[] = {
    {.name = "up",
     .synopsis = "[-d] [--json] [--name NAME] [--phones N] [--pace fast|real] [--timeout S] [--capture FILE "
		 "[--both]] "
		 "[--keep DIR] [--dark] [--wait-external S] [--web] [--closet CLOSET] [TOPOLOGY]",
     .title = "Start a lab and show its progress",
     .help = "TOPOLOGY is a file, or the name of an installed topology (default: office). Without -d the lab "
	     "runs\n"
	     "until Ctrl-C and then leaves nothing behind. Root is not needed if the machine allows user\n"
	     "namespaces (phonelab doctor).\n",
     .words = {0, 1},
     .options = {{"-d", "--detach", OPTION_FLAG, NULL, 0, 0,
		  "return when every phone is registered, at least with its primary line (status 0), or the "
		  "time limit has passed (1); the lab runs on"},
		 {"--name", NULL, OPTION_TEXT, "NAME", 0, 0,
		  "name of the lab (default: the name of the topology)"},
		 {"--phones", NULL, OPTION_NUMBER, "N", 1, 4096,
		  "run N phones; stack members, pools, power and limits are scaled to fit"},
		 {"--timeout", NULL, OPTION_NUMBER, "S", 1, 86400,
		  "time limit in seconds for every phone to register (default: 120)"},
		 {"--capture", NULL, OPTION_TEXT, "FILE", 0, 0,
		  "capture at all switch ports before the first phone is plugged in (pcapng)"},
		 {"--both", NULL, OPTION_FLAG, NULL, 0, 0,
		  "with --capture: each frame at every port that it passes"},
		 {"--keep", NULL, OPTION_TEXT, "DIR", 0, 0, "copy logs and events to DIR when the lab ends"},
		 {"--dark", NULL, OPTION_FLAG, NULL, 0, 0,
		  "start switches and servers, but no phones; the servers are provisioned for them"},
		 {"--wait-external", NULL, OPTION_NUMBER, "S", 0, 86400,
		  "wait S seconds until every external node is plugged in (default: 60)"},
		 {"--pace", NULL, OPTION_TEXT, "fast|real", 0, 0,
		  "the pace of the phones, instead of that of the topology"},
		 {"--web", NULL, OPTION_FLAG, NULL, 0, 0,
		  "serve the page of the lab (phonelab web) as long as it runs"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print one JSON object when the start has ended, and no progress"},
		 {"--closet", NULL, OPTION_TEXT, "CLOSET", 0, 0,
		  "start only this closet of the topology; its trunks to other machines use UDP"}},
     .run = command_up},
    {.name = "watch",
     .synopsis = "[LAB]",
     .title = "Watch a running lab live: every phone, failures first",
     .help =
	 "On a terminal the screen follows the lab, until q or Ctrl-C, or until the lab ends. Into a pipe "
	 "or with\n"
	 "TERM=dumb: a line per event. NO_COLOR removes the colours; without a UTF-8 locale the output "
	 "is ASCII.\n",
     .words = {0, 1},
     .inside = true,
     .run = command_watch},
    {.name = "status",
     .synopsis = "[LAB] [--watch] [--json]",
     .title = "Print the steps of every phone, the ports and power of the switches, the cluster",
     .help = "Steps: # done, o skipped, > active, X failed, . pending. A phone is registered only if the "
	     "location\n"
	     "table of Kamailio contains it; claims-registered: the phone reports that it is registered, but "
	     "the\n"
	     "table does not contain it; partly registered: the registrar has bound only the primary line.\n"
	     "Exit status 4: a simulator does not answer; its phones or\n"
	     "ports are left out.\n",
     .words = {0, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print one JSON object; with --watch one per line"},
		 {"--watch", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print the status again when it changes, until q, Ctrl-C or the end of the lab"}},
     .inside = true,
     .run = command_status},
    {.name = "events",
     .synopsis = "[LAB] [-f] [--initial] [-n N] [--phone PHONE] [--node NODE] [--step STEP] [--event NAME] "
		 "[--json]",
     .title = "Print the events of a lab: what each phone, switch and server did, in order",
     .help = "Without -f the command ends after the events so far.\n",
     .words = {0, 1},
     .options = {{"-f", "--follow", OPTION_FLAG, NULL, 0, 0, "go on with new events until the lab ends"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object per line"},
		 {"--initial", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print the present state as events instead of the events so far"},
		 {"-n", "--last", OPTION_NUMBER, "N", 0, 1000000, "of the events so far only the last N"},
		 {"--phone", NULL, OPTION_TEXT, "PHONE", 0, 0,
		  "only of this phone and its switch port: name, MAC or directory number"},
		 {"--node", NULL, OPTION_TEXT, "NODE", 0, 0, "only of this phone, switch, server, or lab"},
		 {"--step", NULL, OPTION_TEXT, "STEP", 0, 0, "only of this step: 1 to 14, or its name"},
		 {"--event", NULL, OPTION_TEXT, "NAME", 0, 0,
		  "only events whose name begins so: dhcp, step.failed"}},
     .inside = true,
     .run = command_events},
    {.name = "logs",
     .synopsis = "[NODE] [-f] [-n N] [--json]",
     .title = "Print the logs of the servers and switches, or the log of one node",
     .help = "NODE is a server (the output of its programs), a switch (its syslog) or a phone (its console). "
	     "If there\n"
	     "are several logs, each line begins with the name of its log.\n",
     .words = {0, 1},
     .options = {{"-f", "--follow", OPTION_FLAG, NULL, 0, 0, "go on with new lines until the lab ends"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object per line"},
		 {"-n", "--last", OPTION_NUMBER, "N", 0, 100000, "of each log only the last N lines"}},
     .inside = true,
     .files = true,
     .run = command_logs},
    {.name = "why",
     .synopsis = "PHONE | --all [--folder DIR | --capture FILE] [--json | --facts] [--passive]",
     .title = "Explain why a phone is not registered: failed step, evidence, cause",
     .help =
	 "PHONE is a device name, a MAC or a directory number. The facts come from a running lab, from a\n"
	 "folder that phonelab test or collect wrote, or from a capture, also of real phones (PHONE is then "
	 "a\n"
	 "device name or a MAC). The answer has the facts on which the cause rests, the cause, the causes "
	 "that\n"
	 "a fact contradicts, and a command for a closer look. \"Cause, proven\": the step succeeds in a\n"
	 "simulation in which only this is repaired. Status 0: the phone is healthy; 1: a step failed or is\n"
	 "not done, or the phone registered although something was missing or wrong. --all explains every\n"
	 "phone, grouped by common cause; status 0: all phones are healthy. It probes one phone of each\n"
	 "group whose cause is not decided.\n",
     .words = {0, 1},
     .options = {{"--folder", NULL, OPTION_TEXT, "DIR", 0, 0, "read this folder of evidence"},
		 {"--capture", NULL, OPTION_TEXT, "FILE", 0, 0, "read this pcap or pcapng file"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"},
		 {"--passive", NULL, OPTION_FLAG, NULL, 0, 0,
		  "send no frames (default: some from the phone and a peer)"},
		 {"--facts", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print the facts, one JSON object per line; a healthy phone is examined too"},
		 {"--all", NULL, OPTION_FLAG, NULL, 0, 0, "explain all phones, grouped by common cause"}},
     .inside = true,
     .files = true,
     .run = command_why},
    {.name = "web",
     .synopsis = "[LAB | --class FILE] [--port N] [--listen ADDRESS] [--public ADDRESS:PORT] [--view] "
		 "[--runs DIR] [--tunnel]",
     .title = "Serve a page of the lab for a browser: phones, switches, servers, faults, live",
     .help =
	 "Prints the address of the page, and serves it until Ctrl-C or the end of the lab. On 127.0.0.1 "
	 "only "
	 "this\n"
	 "user and root can open the page. On another address the page needs the printed token; nothing is "
	 "encrypted.\n"
	 "The page of a lab of containers is served by a process in one of its containers.\n"
	 "With --class it serves the board of a class, for its instructor, until Ctrl-C.\n",
     .words = {0, 1},
     .options =
	 {{"--port", NULL, OPTION_NUMBER, "N", 0, 65535, "TCP port (default: 0, a free one)"},
	  {"--listen", NULL, OPTION_TEXT, "ADDRESS", 0, 0,
	   "IPv4 address of this machine to listen on (default: 127.0.0.1)"},
	  {"--view", NULL, OPTION_FLAG, NULL, 0, 0, "the page cannot change the lab, nor ask why"},
	  {"--public", NULL, OPTION_TEXT, "ADDRESS:PORT", 0, 0,
	   "the address by which browsers reach the server, if it is another one, such as the published "
	   "port of a container; port 0: any"},
	  {"--class", NULL, OPTION_TEXT, "FILE", 0, 0,
	   "the board of the class in FILE (phonelab exercise board), in place of a lab"},
	  {"--runs", NULL, OPTION_TEXT, "DIR", 0, 0,
	   "show the evidence of phonelab test in this folder (default: phonelab-evidence)"},
	  {"--tunnel", NULL, OPTION_FLAG, NULL, 0, 0,
	   "in a container: serve the connections that phonelab web on the host passes through standard "
	   "input"}},
     .run = command_web},
    {.name = "ls",
     .synopsis = "[--json]",
     .title = "List the running labs of this user",
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .run = command_ls},
    {.name = "down",
     .synopsis = "[LAB] [--json]",
     .title = "End a lab; LAB may be omitted if only one is running",
     .words = {0, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .run = command_down},
    {.name = "show",
     .synopsis = "[--json] SWITCH WORD...",
     .title = "Run a show command on a switch: cdp neighbors [detail], power inline, ...",
     .help = "  cdp neighbors [detail]    lldp neighbors [detail]    power inline    vlan brief\n"
	     "  mac address-table         interfaces status          logging         running-config\n"
	     "  interfaces counters       ip dhcp snooping binding   version\n"
	     "All show commands: switch-sim(1). Words may be abbreviated.\n",
     .words = {2, 16},
     .raw = true,
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_show},
    {.name = "exec",
     .synopsis = "[--confined] NODE -- CMD...",
     .title = "Run a command in the namespaces of a node: a phone, a server or a switch",
     .help = "The exit status is that of the command. The run directory of the lab is /run/phonelab.\n",
     .words = {1, 1},
     .options = {{"--confined", NULL, OPTION_FLAG, NULL, 0, 0,
		  "CMD cannot reach the control sockets of the lab, such as those of impairments; native "
		  "labs only"}},
     .run = command_exec},
    {.name = "attach",
     .synopsis = "NODE [--container NAME [--interface NAME] | -- CMD...]",
     .title = "Plug in what the topology calls external: a command, a container or a switch of yours",
     .help = "CMD runs in a network namespace with the address of NODE at eth0, and has PHONELAB_NODE and\n"
	     "PHONELAB_ADDRESS. Without CMD the cable is held, so that phonelab exec NODE -- CMD works. When "
	     "CMD\n"
	     "ends, or at Ctrl-C, the cable is unplugged, and everything that CMD started ends. The exit "
	     "status is\n"
	     "that of CMD. The lab may be up already, or wait for NODE (up --wait-external).\n",
     .words = {1, 1},
     .options = {{"--container", NULL, OPTION_TEXT, "NAME", 0, 0,
		  "plug in a running container of docker or podman, until it ends; needs root"},
		 {"--interface", NULL, OPTION_TEXT, "NAME", 0, 0,
		  "with --container: name of the interface there (default: the first free one of eth0, eth1, "
		  "...)"}},
     .run = command_attach},
    {.name = "capture",
     .synopsis = "NODE|SWITCH[:PORT] [-w FILE] [-c COUNT] [--duration S] [--both] [--key-log]",
     .title = "Capture frames as pcapng, to a file or a pipe",
     .help =
	 "At a phone, a server or one port of a switch: the frames in both directions. A port is followed\n"
	 "when its cable is unplugged and plugged again. At all ports of a switch: each frame once, where "
	 "it\n"
	 "comes in, and CDP and LLDP of the switch where they leave. Into a pipe:\n"
	 "  phonelab capture sw1:Gi1/0/1 | wireshark -k -i -\n",
     .words = {1, 1},
     .options =
	 {{"-w", "--write", OPTION_TEXT, "FILE", 0, 0, "write to this file; - is standard output"},
	  {"-c", "--count", OPTION_NUMBER, "COUNT", 1, 1000000000, "end after COUNT frames"},
	  {"--duration", NULL, OPTION_NUMBER, "S", 1, 86400, "end after S seconds"},
	  {"--both", NULL, OPTION_FLAG, NULL, 0, 0,
	   "all ports of a switch: each frame at every port that it passes"},
	  {"--key-log", NULL, OPTION_FLAG, NULL, 0, 0,
	   "with the secrets of the TLS sessions (key_log: true in the topology), so Wireshark decrypts "
	   "them"}},
     .run = command_capture},
    {.name = "decode",
     .synopsis = "FILE [--summary] [--json]",
     .title = "Decode a pcap or pcapng file, frame by frame",
     .help =
	 "FILE - is standard input. A line per frame has its number, local time, protocol, phone, step and "
	 "what it\n"
	 "is; below it stand the fields. With --json one object per line: frame, protocol, time, phone, "
	 "step,\n"
	 "summary, fields, and error if the frame is malformed. Fields odd_1, odd_2 ... are TLVs and options "
	 "that their\n"
	 "standard does not know; note is a wrong checksum. Captures of real phones work too.\n",
     .words = {1, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object per line"},
		 {"--summary", "-s", OPTION_FLAG, NULL, 0, 0,
		  "print one line per frame, without the fields"}},
     .run = command_decode},
    {.name = "console",
     .synopsis = "PHONE [--json] | --topology FILE [--closet NAME=HOST[:PORT]] [--name LAB] [--phones N] "
		 "[--ca FILE] [--certificate FILE]",
     .title = "Print the console log of a phone; with --topology make one lab of its closets",
     .help =
	 "With --topology: connect to the keeper of each closet by TLS, until Ctrl-C or phonelab down. The\n"
	 "commands then find one lab with the phones of all closets. By default the keeper of closet NAME "
	 "is\n"
	 "at NAME-keeper, port 7420. --closet names another place, once per closet.\n",
     .words = {0, 1},
     .options = {[OPT_CONSOLE_JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"},
		 [OPT_CONSOLE_TOPOLOGY] = {"--topology", NULL, OPTION_TEXT, "FILE", 0, 0,
					   "the topology of the whole lab, with closets"},
		 [OPT_CONSOLE_CLOSET] = {"--closet", NULL, OPTION_LIST, "NAME=HOST[:PORT]", 0, 0,
					 "where the keeper of closet NAME is; may be given several times"},
		 [OPT_CONSOLE_NAME] = {"--name", NULL, OPTION_TEXT, "LAB", 0, 0,
				       "name of the lab (default: the name of the topology)"},
		 [OPT_CONSOLE_PHONES] = {"--phones", NULL, OPTION_NUMBER, "N", 1, 4096,
					 "scale the topology as: up --phones N"},
		 [OPT_CONSOLE_CA] = {"--ca", NULL, OPTION_TEXT, "FILE", 0, 0,
				     "certificate of the CA (default: /run/secrets/phonelab-ca.pem)"},
		 [OPT_CONSOLE_CERTIFICATE] = {"--certificate", NULL, OPTION_TEXT, "FILE", 0, 0,
					      "certificate and key of the console (default: "
					      "/run/secrets/phonelab-console.pem)"}},
     .inside = true,
     .run = command_console},
    {.name = "keeper",
     .synopsis = "[LAB] [--listen-tls ADDRESS[:PORT]] [--ca FILE] [--certificate FILE]",
     .title = "Let the console of a lab of closets reach a lab, which is one of the closets",
     .help = "Listens by TLS until Ctrl-C. Only a certificate of the CA that names \"console\" is accepted, "
	     "and it\n"
	     "may do everything in this lab that the user of this command may. In containers phonelab node "
	     "keeper\n"
	     "--listen-tls does the same.\n",
     .words = {0, 1},
     .options = {[OPT_KEEPER_LISTEN] = {"--listen-tls", NULL, OPTION_TEXT, "ADDRESS[:PORT]", 0, 0,
					"IP address to listen at (default: 0.0.0.0, port 7420)"},
		 [OPT_KEEPER_CA] = {"--ca", NULL, OPTION_TEXT, "FILE", 0, 0,
				    "certificate of the CA (default: /run/secrets/phonelab-ca.pem)"},
		 [OPT_KEEPER_CERTIFICATE] = {"--certificate", NULL, OPTION_TEXT, "FILE", 0, 0,
					     "certificate and key of this closet's keeper (default: "
					     "/run/secrets/phonelab-keeper.pem)"}},
     .run = command_keeper},
    {.name = "messages",
     .synopsis = "PHONE [--json]",
     .title = "Print the status messages that a phone shows",
     .words = {1, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_in_rack},
    {.name = "reset",
     .synopsis = "PHONE [--wait [--timeout S]] [--json]",
     .title = "Reset a phone through its call manager: the phone boots again",
     .help =
	 "A phone that is not registered is reset by hand. Status 1: the phone did not receive the NOTIFY\n"
	 "of the call manager, or, with --wait, it is not registered again within the time limit.\n",
     .words = {1, 1},
     .options = {[OPT_SERVICE_CONTROL_JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0,
					       "print one JSON object"},
		 [OPT_SERVICE_CONTROL_WAIT] = {"--wait", NULL, OPTION_FLAG, NULL, 0, 0,
					       "return when the phone is registered again"},
		 [OPT_SERVICE_CONTROL_TIMEOUT] = {"--timeout", NULL, OPTION_NUMBER, "S", 1, 86400,
						  "time limit of --wait in seconds (default: 120)"}},
     .inside = true,
     .run = command_service_control},
    {.name = "restart",
     .synopsis = "PHONE [--wait [--timeout S]] [--json]",
     .title = "Restart a phone through its call manager: it reads its files and registers again",
     .help = "A phone that is not registered is restarted by hand. Status 1: the phone did not receive the "
	     "NOTIFY\n"
	     "of the call manager, or, with --wait, it is not registered again within the time limit.\n",
     .words = {1, 1},
     .options = {[OPT_SERVICE_CONTROL_JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0,
					       "print one JSON object"},
		 [OPT_SERVICE_CONTROL_WAIT] = {"--wait", NULL, OPTION_FLAG, NULL, 0, 0,
					       "return when the phone is registered again"},
		 [OPT_SERVICE_CONTROL_TIMEOUT] = {"--timeout", NULL, OPTION_NUMBER, "S", 1, 86400,
						  "time limit of --wait in seconds (default: 120)"}},
     .inside = true,
     .run = command_service_control},
    {.name = "erase",
     .synopsis = "PHONE [--json]",
     .title = "Erase the trust lists and the stored configuration of a phone: it boots like a new one",
     .words = {1, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_in_rack},
    {.name = "prt",
     .older = "prt-report",
     .synopsis = "PHONE [--json]",
     .title = "Have a phone make a problem report (PRT) and upload it",
     .help = "The call manager asks the phone by a NOTIFY; a phone that is not registered makes the report "
	     "by hand.\n"
	     "It is uploaded to the problemReportUploadURL of the configuration (cluster.problem_report_url "
	     "of the\n"
	     "topology), and a file of the phone's web page, /FS/probrep-DATE-TIME.tar.gz. The button "
	     "\"Report problem\"\n"
	     "of the web page does the same. prt-report is the former name of this command.\n",
     .words = {1, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_service_control},
    {.name = "configure",
     .synopsis = "[--json] SWITCH LINE...",
     .title = "Configure a switch, one command per argument: \"interface Gi1/0/1\" \"no shutdown\"",
     .words = {2, 64},
     .raw = true,
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_configure},
    {.name = "device",
     .synopsis =
	 "ls | show PHONE | set PHONE KEY=VALUE... | add NAME [KEY=VALUE...] | remove PHONE | apply PHONE "
	 "| reset PHONE | restart PHONE [--all] [--no-apply] [--json]",
     .title = "List, show and change the devices of the call manager, as its administrator does",
     .help = "PHONE is a device name, a MAC or a directory number. Keys: line, label, display_name, "
	     "description, load, "
	     "locale,\n"
	     "softkeys, dial_rules, transport, call_manager_group, auth_name, auth_password; of a topology's "
	     "phone.\n"
	     "line and call_manager_group take a list: line=2001,2101. add also takes model=8841; without "
	     "line the\n"
	     "device gets the next directory number. set writes the file and the rows of the device and "
	     "notifies\n"
	     "the phone (apply). The phone restarts if its file has changed. Status 1: a device is not "
	     "registered,\n"
	     "so it was not notified.\n",
     .words = {1, COMMAND_WORDS},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"},
		 {"--all", NULL, OPTION_FLAG, NULL, 0, 0,
		  "with apply, reset and restart: every device, one after another"},
		 {"--no-apply", NULL, OPTION_FLAG, NULL, 0, 0, "with set: do not notify the phone"}},
     .inside = true,
     .run = command_device},
    {.name = "service",
     .synopsis = "PROGRAM start|stop|restart|status [--json]",
     .title = "Start, stop, restart a server's program, or print its state",
     .help = "PROGRAM: dhcp, tftp, tftp-http, cucm-pub, ..., or the cable of a server: dhcp-cable\n",
     .words = {2, 2},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_service},
    {.name = "cucm",
     .synopsis = "renew callmanager|tvs|capf|itlrecovery | restart tftp | update ctl | mixed-mode on|off | "
		 "rollback on|off | reset-itl localkey | consolidate [--node NODE] [--expired] [--cluster "
		 "CLUSTER] [--json]",
     .title = "Renew certificates of a cluster and change its security mode, as an administrator does",
     .help =
	 "Only in a cluster with certificates (cluster.security or cluster.release). renew makes a "
	 "certificate\n"
	 "again, with a new key; its services use it after their restart (phonelab service). restart "
	 "tftp signs\n"
	 "the ITL and all files with the certificates as they are now, and restarts the TFTP services. "
	 "The CTL\n"
	 "changes with update ctl only. mixed-mode writes or removes the CTL; call managers and files of "
	 "phones\n"
	 "follow when the call managers and TFTP restart. rollback is the parameter Prepare Cluster for "
	 "Rollback to\n"
	 "pre 8.0: after restart tftp the ITL has no records of TVS and TFTP. reset-itl signs the ITL of "
	 "release\n"
	 "11.5 with ITLRecovery, until restart tftp. consolidate makes each cluster of the lab trust what "
	 "the others\n"
	 "sign (bulk certificates). Phones see all this when they boot next.\n",
     .words = {1, 2},
     .options = {{"--node", NULL, OPTION_TEXT, "NODE", 0, 0,
		  "with renew callmanager and renew tvs: of this call manager (default: the publisher)"},
		 {"--expired", NULL, OPTION_FLAG, NULL, 0, 0,
		  "with renew: a certificate whose validity has ended a day ago"},
		 {"--cluster", NULL, OPTION_TEXT, "CLUSTER", 0, 0,
		  "the cluster, if the lab has several (default: that of `cluster` in the topology)"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_cucm},
    {.name = "move",
     .synopsis = "PHONE CLUSTER [--json]",
     .title = "Move a phone to another cluster: its device and option 150",
     .help =
	 "The device is added to the device table of CLUSTER, non-secure, unless it is there; it stays in "
	 "that of\n"
	 "its former cluster. The DHCP servers restart, and the phone is reset. It keeps the trust list of "
	 "its former\n"
	 "cluster and refuses CLUSTER's files, until cucm rollback or cucm consolidate has prepared it, or "
	 "erase\n"
	 "deletes the trust list.\n",
     .words = {2, 2},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_move},
    {.name = "plug",
     .synopsis = "PHONE [--json]",
     .title = "Plug the cable of a phone into its port",
     .words = {1, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_in_rack},
    {.name = "unplug",
     .synopsis = "PHONE [--json]",
     .title = "Unplug the cable of a phone",
     .words = {1, 1},
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .inside = true,
     .run = command_in_rack},
    {.name = "attach-nic",
     .synopsis = "SWITCH:PORT NIC [--yes-really] | --detach SWITCH:PORT",
     .title = "Make an interface of this machine the far end of a switch port",
     .help =
	 "NIC is an Ethernet interface, a tap, a veth or a port of a bridge, and stays where it is. A real "
	 "phone or a\n"
	 "real network behind it is then at the port. This needs CAP_NET_RAW; without it the command prints "
	 "what "
	 "to\n"
	 "do (status 3). The same at the start of a lab: the key `nic` of a port in the topology.\n",
     .words = {1, 2},
     .options =
	 {{"--detach", NULL, OPTION_FLAG, NULL, 0, 0, "let go of the interface of this port"},
	  {"--yes-really", NULL, OPTION_FLAG, NULL, 0, 0,
	   "also an interface that this machine uses: it has IPv4 addresses or carries the default route"}},
     .run = command_attach_nic},
    {.name = "fault",
     .synopsis =
	 "ls | show ID|FILE | add ID|FILE | clear [NUMBER|ID|all] | boot ID | proof ID | healed ID | page",
     .title = "Apply faults to a lab and revert them",
     .help =
	 "  ls                   list the catalogue; with --active the active faults\n"
	 "  show ID|FILE         print what a fault breaks, how to find it and how to repair it\n"
	 "  add ID|FILE          apply a fault: an id, a file with one fault, FILE#ID, or /dev/stdin\n"
	 "  clear [NUMBER|ID]    revert exactly what the fault changed; without an argument all faults\n"
	 "  boot ID              reboot the phone as the fault requires, so that the symptom appears\n"
	 "  proof ID, healed ID  check from outside whether the fault is active, or cleared: status 0 or 1\n"
	 "  page                 print the catalogue as a page of documentation\n",
     .words = {1, 2},
     .options = {[OPT_FAULT_JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print JSON"},
		 [OPT_FAULT_ACTIVE] = {"--active", NULL, OPTION_FLAG, NULL, 0, 0, "ls: the active faults"},
		 [OPT_FAULT_PHONE] = {"--phone", NULL, OPTION_TEXT, "PHONE", 0, 0,
				      "target phone: name, MAC or directory number"},
		 [OPT_FAULT_PORT] = {"--port", NULL, OPTION_TEXT, "PORT", 0, 0, "target port: sw1:Gi1/0/1"},
		 [OPT_FAULT_SERVICE] = {"--service", NULL, OPTION_TEXT, "SERVER", 0, 0, "target server"},
		 [OPT_FAULT_ALL] = {"--all", NULL, OPTION_FLAG, NULL, 0, 0, "target every phone"},
		 [OPT_FAULT_ERASE] = {"--erase", NULL, OPTION_FLAG, NULL, 0, 0,
				      "add, boot: the phones boot with erased flash, as for the first time"},
		 [OPT_FAULT_FOR] = {"--for", NULL, OPTION_TEXT, "TIME", 0, 0,
				    "revert the fault after 30s, 5m or 1h"},
		 [OPT_FAULT_COUNT] = {"--count", NULL, OPTION_NUMBER, "N", 1, 1000000,
				      "affect only the first N frames (faults on the wire)"}},
     .files = true,
     .run = command_fault},
    {.name = "exercise",
     .synopsis = "ls | start ID|FILE | new ID|FILE | show | hint | check | score | class FILE | board FILE | "
		 "bench | schema [class]",
     .title = "Find and repair a hidden fault, for points",
     .help = "  ls              list the exercises, the easiest first\n"
	     "  start ID|FILE   start a lab with a hidden fault, or without one; in containers: use the "
	     "running lab\n"
	     "  new ID|FILE     after a finished exercise: start the next one in the same lab\n"
	     "  show            print the ticket again, with its choices\n"
	     "  hint            print the next hint, which costs points\n"
	     "  check           check the repair and your answer\n"
	     "  score           print the results so far\n"
	     "  class FILE      start a lab for each trainee of a class\n"
	     "  board FILE      print where each trainee of the class stands\n"
	     "  bench           have an agent solve exercises, and mark what it does\n"
	     "  schema [class]  print the JSON Schema of files of exercises, or of a class\n",
     .words = {1, 2},
     .options =
	 {[OPT_EXERCISE_SEED] = {"--seed", NULL, OPTION_NUMBER, "N", 0,
				 1000000000, "start: the same seed selects the same fault"},
	  [OPT_EXERCISE_NAME] = {"--name", NULL, OPTION_TEXT, "LAB", 0, 0,
				 "name of the lab (default: exercise)"},
	  [OPT_EXERCISE_COMPONENT] =
	      {"--component", NULL, OPTION_TEXT, "WHERE", 0, 0,
	       "check: the faulty component (a port, a server; or none), or the number of a choice"},
	  [OPT_EXERCISE_CAUSE] = {"--cause", NULL, OPTION_TEXT, "WHAT", 0, 0,
				  "check: the cause, in a few words (or nothing), or the number of a choice"},
	  [OPT_EXERCISE_CSV] = {"--csv", NULL, OPTION_TEXT, "FILE", 0, 0,
				"start, new, check, score: the file of results"},
	  [OPT_EXERCISE_TRAINEE] = {"--trainee", NULL, OPTION_TEXT, "NAME", 0, 0,
				    "start, new, check: the trainee's name in the results"},
	  [OPT_EXERCISE_DOWN] = {"--down", NULL, OPTION_FLAG, NULL, 0, 0, "class: end all labs of the class"},
	  [OPT_EXERCISE_TIMEOUT] = {"--timeout", NULL, OPTION_NUMBER, "S", 1, 600,
				    "check: time limit in seconds for every phone to register (default: 30)"},
	  [OPT_EXERCISE_JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "all but class: print JSON"},
	  [OPT_EXERCISE_SEEDS] = {"--seeds", NULL, OPTION_TEXT, "A-B", 0, 0,
				  "bench: a lab for each of these seeds; each chooses an exercise"},
	  [OPT_EXERCISE_AGENT] =
	      {"--agent", NULL, OPTION_TEXT, "CMD", 0, 0,
	       "bench: the agent, a command for sh; its environment has PHONELAB_MCP, its standard "
	       "input the ticket"},
	  [OPT_EXERCISE_EXERCISES] = {"--exercises", NULL, OPTION_TEXT, "ID[,ID]", 0, 0,
				      "bench: a lab for each seed and each of these exercises or files"},
	  [OPT_EXERCISE_LIMIT] = {"--limit", NULL, OPTION_NUMBER, "S", 1, 3600,
				  "bench: time limit of the agent in seconds (default: 300)"},
	  [OPT_EXERCISE_PARALLEL] = {"--parallel", NULL, OPTION_NUMBER, "N", 1, 8,
				     "bench: run up to N labs at the same time (default: 1)"},
	  [OPT_EXERCISE_WEB] = {"--web", NULL, OPTION_FLAG, NULL, 0, 0,
				"start: serve the page of the lab (phonelab web), and print its address"}},
     .files = true,
     .run = command_exercise},
    {.name = "mcp",
     .synopsis = "",
     .title = "Serve the lab to an agent by the Model Context Protocol, on standard input and output",
     .help =
	 "One JSON object per line. The tools are what a person uses who looks for a fault: status, show, "
	 "exec,\n"
	 "capture, decode, console, messages, configure, service, plug, unplug, reset; and for an exercise:\n"
	 "ticket, hint, check. There is no why, and there are no faults. Native labs only.\n",
     .run = command_mcp},
    {.name = "test",
     .synopsis = "[-j N] [--in PROJECT] [--junit FILE] [--tap] [--json] [--github] [--keep DIR] FILE... | "
		 "--check FILE...",
     .title = "Run scenarios: a topology, actions, and expectations",
     .help =
	 "Each scenario runs in its own lab, or with --in one after another in a lab of containers that is\n"
	 "up, which is restored after each. One that does not pass leaves a folder of evidence with a page\n"
	 "(index.html). Status 0: all passed; 1: an expectation failed; 2: a file is invalid, nothing was\n"
	 "run; 3: this machine does not meet the requirements; 4: a lab did not start, a defect in "
	 "phonelab.\n",
     .words = {0, COMMAND_WORDS},
     .options = {{"--jobs", "-j", OPTION_NUMBER, "N", 1, 64,
		  "run up to N scenarios at the same time (default: number of processors)"},
		 {"--junit", NULL, OPTION_TEXT, "FILE", 0, 0, "write JUnit XML"},
		 {"--tap", NULL, OPTION_FLAG, NULL, 0, 0, "print TAP; other output goes to standard error"},
		 {"--github", NULL, OPTION_FLAG, NULL, 0, 0, "print annotations for GitHub Actions"},
		 {"--keep", NULL, OPTION_TEXT, "DIR", 0, 0,
		  "folder of the evidence (default: phonelab-evidence)"},
		 {"--check", NULL, OPTION_FLAG, NULL, 0, 0,
		  "read the files, print their errors, run nothing"},
		 {"--in", NULL, OPTION_TEXT, "PROJECT", 0, 0,
		  "run in the lab of containers of this compose project, which is up"},
		 {"--schema", NULL, OPTION_FLAG, NULL, 0, 0, "print the JSON Schema of scenarios"},
		 {"--reference", NULL, OPTION_FLAG, NULL, 0, 0, "print the keys of scenarios as Markdown"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print one JSON object per scenario; other output goes to standard error"}},
     .run = command_test},
    {.name = "collect",
     .synopsis = "[-o FILE] [--capture S] [--since TIME] [--phone PHONE] [--json]",
     .title = "Collect the logs and states that explain a failed registration",
     .help =
	 "The result is a tar.gz file, laid out like a collection of RTMT: for each call manager and server "
	 "its\n"
	 "application log (alarms), system log, SIP trace and TFTP trace; for each phone its console,\n"
	 "status messages, web pages and problem report; for each switch show tech-support. index.html "
	 "states\n"
	 "what each file is, and at which step it helps. With --capture also the frames at the switches and\n"
	 "phones: reset the failing phone during the capture. Passwords and keys are removed.\n",
     .options =
	 {[OPT_COLLECT_OUT] = {"-o", "--out", OPTION_TEXT, "FILE", 0, 0,
			       "output file, - for standard output (default: LAB-DATE.tar.gz)"},
	  [OPT_COLLECT_CAPTURE] = {"--capture", NULL, OPTION_NUMBER, "S", 1,
				   3600, "capture at the switches and phones for S seconds first"},
	  [OPT_COLLECT_SINCE] = {"--since", NULL, OPTION_TEXT, "TIME", 0, 0,
				 "logs from this time on: 15m or 2h ago, 13:45, or \"2026-11-30 13:45\""},
	  [OPT_COLLECT_PHONE] = {"--phone", NULL, OPTION_TEXT, "PHONE", 0, 0,
				 "this phone only: name, MAC or directory number"},
	  {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .files = true,
     .run = command_collect},
    {.name = "lint",
     .synopsis = "[--phone SEP[,SEP]] [--model MODEL] [--no-firmware] [--steps] [--unused] [--json | "
		 "--github] [--sarif FILE] DIR | "
		 "--server URL",
     .title = "Check the files of phones in a folder, or on a server, without a lab",
     .help =
	 "DIR is the folder that the TFTP or HTTP server of the phones serves. Each phone that has a file\n"
	 "SEP<MAC>.cnf.xml boots in memory with the files of DIR; nothing is sent. Printed are the step at\n"
	 "which a phone stops, the values that it ignores, and what it would register, and where. URL is\n"
	 "http://HOST:PORT/ or tftp://HOST/; name the phones with --phone. Status 0: nothing is wrong; 1:\n"
	 "there are errors or warnings; 2: wrong usage, or DIR has no file of a phone.\n",
     .words = {0, 1},
     .options =
	 {[OPT_LINT_PHONE] = {"--phone", NULL, OPTION_TEXT, "SEP[,SEP]", 0, 0,
			      "check these phones only, also phones without a file"},
	  [OPT_LINT_SERVER] = {"--server", NULL, OPTION_TEXT, "URL", 0, 0,
			       "get the files from this server, from the current network namespace"},
	  [OPT_LINT_MODEL] = {"--model", NULL, OPTION_TEXT, "MODEL", 0, 0,
			      "model of the phones (default: of the family of their load, else 7841)"},
	  [OPT_LINT_NO_FIRMWARE] = {"--no-firmware", NULL, OPTION_FLAG, NULL, 0, 0,
				    "the phones have the load of their configuration: do not look for it"},
	  [OPT_LINT_STEPS] = {"--steps", NULL, OPTION_FLAG, NULL, 0, 0,
			      "print the steps of every phone, not only of phones with findings"},
	  [OPT_LINT_UNUSED] = {"--unused", NULL, OPTION_FLAG, NULL, 0, 0,
			       "list the files that no phone requests"},
	  [OPT_LINT_JSON] = {"--json", NULL, OPTION_FLAG, NULL, 0, 0,
			     "print one JSON object per phone and line, and one with the summary"},
	  [OPT_LINT_SARIF] = {"--sarif", NULL, OPTION_TEXT, "FILE", 0, 0,
			      "write SARIF 2.1.0, for code review"},
	  [OPT_LINT_GITHUB] = {"--github", NULL, OPTION_FLAG, NULL, 0, 0,
			       "print annotations for GitHub Actions"}},
     .run = command_lint},
    {.name = "validate",
     .synopsis = "[--phones N] [--json] TOPOLOGY... | --schema | --markdown",
     .title = "Check topologies, or print the JSON Schema of topologies for editors",
     .help = "All errors are printed as FILE:LINE:COLUMN: KEY: found X, expected Y (status 2).\n",
     .words = {0, COMMAND_WORDS},
     .options = {{"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "scale the topology as: up --phones N"},
		 {"--schema", NULL, OPTION_FLAG, NULL, 0, 0, "print the JSON Schema"},
		 {"--markdown", NULL, OPTION_FLAG, NULL, 0, 0,
		  "print the reference of the keys in docs/topology.md"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object per topology"}},
     .run = command_validate},
    {.name = "render",
     .synopsis =
	 "TOPOLOGY --out DIR [--closet CLOSET] | --closets DIR [--phones N] [--name NAME] [--pace fast|real] "
	 "[--json]",
     .title = "Write the files of a lab that " PLAN_PREFIX " contains",
     .help = "--closets writes each closet of the topology into a folder of its own.\n",
     .words = {1, 1},
     .options = {{"--out", "-o", OPTION_TEXT, "DIR", 0, 0, "output directory; created if missing"},
		 {"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "scale the topology as: up --phones N"},
		 {"--name", NULL, OPTION_TEXT, "NAME", 0, 0,
		  "name of the lab (default: the name of the topology)"},
		 {"--pace", NULL, OPTION_TEXT, "fast|real", 0, 0,
		  "the pace of the phones, instead of that of the topology"},
		 {"--closet", NULL, OPTION_TEXT, "CLOSET", 0, 0, "only this closet of the topology"},
		 {"--closets", NULL, OPTION_TEXT, "DIR", 0, 0, "every closet, each into DIR/CLOSET"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .run = command_render},
    {.name = "stack",
     .synopsis = "TOPOLOGY --out DIR [--format swarm|kubernetes] [--phones N] [--name NAME] [--image IMAGE]",
     .title = "Write the files with which Docker Swarm or Kubernetes runs a lab on several machines",
     .help =
	 "Each closet of the topology runs on one machine. DIR gets stack.yaml and the script `nodes`, or\n"
	 "closets.yaml and one-pod.yaml; the topology; and secrets, which are made once. See\n"
	 "compose/stack.md.\n",
     .words = {1, 1},
     .options =
	 {{"--out", "-o", OPTION_TEXT, "DIR", 0, 0, "output directory; created if missing"},
	  {"--format", NULL, OPTION_TEXT, "swarm|kubernetes", 0, 0, "of the files (default: swarm)"},
	  {"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "scale the topology as: up --phones N"},
	  {"--name", NULL, OPTION_TEXT, "NAME", 0, 0,
	   "name of the lab and of the stack: up to 32 lower-case letters, digits and hyphens (default: "
	   "the name of the topology)"},
	  {"--image", NULL, OPTION_TEXT, "IMAGE", 0, 0,
	   "image of every container (default: what the script finds, or phonelab of this version)"}},
     .run = command_stack},
    {.name = "node",
     .synopsis =
	 "[NODE] [--topology FILE [--closet CLOSET] [--phones N] [--name NAME]] [--eth0 drop|INTERFACE] "
	 "[--check [--alive] | --print | --relay] [--listen-tls ADDRESS[:PORT] [--ca FILE] "
	 "[--certificate FILE]] [-- ARGUMENT...]",
     .title = "Run one node of a rendered lab in the current namespaces, as a container does",
     .help =
	 "NODE is a name, or switch, dhcp, tftp, router, publisher, subscriber, rack, phone or keeper; with\n"
	 ":2 for the second one. Default: PHONELAB_NODE. The cables and programs of the node start in the\n"
	 "current namespaces, with the files under " PLAN_PREFIX
	 ". A node that the topology does not define\n"
	 "logs that and waits for the signal to exit. A phone derives its MAC from the name of the host and "
	 "is\n"
	 "provisioned in the call manager first. The keeper applies faults and stops and starts programs; "
	 "it\n"
	 "answers lab.sock. Arguments after -- go to the simulator.\n",
     .words = {0, 1},
     .options =
	 {{"--check", NULL, OPTION_FLAG, NULL, 0, 0,
	   "check the health of the node: status 0, or 1 with the reason"},
	  {"--print", NULL, OPTION_FLAG, NULL, 0, 0, "print the name of the node"},
	  {"--role", NULL, OPTION_FLAG, NULL, 0, 0,
	   "print the role: dhcp:1, switch:2, rack:1 for a phone of the rack"},
	  {"--model", NULL, OPTION_TEXT, "MODEL", 0, 0,
	   "model of a phone (default: that of the topology's first phone)"},
	  {"--relay", NULL, OPTION_FLAG, NULL, 0, 0,
	   "pass requests from standard input on to the lab, and restore the lab at the end; for phonelab "
	   "test --in"},
	  {"--alive", NULL, OPTION_FLAG, NULL, 0, 0,
	   "with --check: only that the node answers; a fault may have stopped its service"},
	  {"--topology", NULL, OPTION_TEXT, "FILE", 0, 0,
	   "render " PLAN_PREFIX " from this topology first, unless another node has done so"},
	  {"--closet", NULL, OPTION_TEXT, "CLOSET", 0, 0, "with --topology: only this closet"},
	  {"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "with --topology: scale as up --phones N"},
	  {"--name", NULL, OPTION_TEXT, "NAME", 0, 0, "with --topology: name of the lab"},
	  {"--eth0", NULL, OPTION_TEXT, "drop|INTERFACE", 0, 0,
	   "remove the eth0 of the container, or rename it: eth0 is for the cable of the lab"},
	  {"--listen-tls", NULL, OPTION_TEXT, "ADDRESS[:PORT]", 0, 0,
	   "keeper: also let a console reach this closet, as phonelab keeper does"},
	  {"--ca", NULL, OPTION_TEXT, "FILE", 0, 0, "with --listen-tls: certificate of the CA"},
	  {"--certificate", NULL, OPTION_TEXT, "FILE", 0, 0,
	   "with --listen-tls: certificate and key of this closet's keeper"}},
     .run = command_node},
    {.name = "graph",
     .synopsis = "TOPOLOGY [--svg | --dot | --json] [--phones N]",
     .title = "Draw a topology: as text, as a picture, or for Graphviz",
     .words = {1, 1},
     .options = {{"--dot", NULL, OPTION_FLAG, NULL, 0, 0, "print the graph for: dot -Tsvg"},
		 {"--phones", NULL, OPTION_NUMBER, "N", 1, 4096, "scale the topology as: up --phones N"},
		 {"--svg", NULL, OPTION_FLAG, NULL, 0, 0, "print the picture as SVG"},
		 {"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .run = command_graph},
    {.name = "doctor",
     .synopsis = "[--json]",
     .title = "Check whether this machine can run labs, with a remedy for each problem",
     .options = {{"--json", NULL, OPTION_FLAG, NULL, 0, 0, "print one JSON object"}},
     .run = command_doctor},
    {.name = "completion",
     .synopsis = "bash | zsh | fish | words -- WORD...",
     .title = "Print the completion script of a shell",
     .help = "  bash    source <(phonelab completion bash)\n"
	     "  zsh     source <(phonelab completion zsh)     after compinit\n"
	     "  fish    phonelab completion fish | source\n"
	     "make install and the Debian package install the scripts where the shells look for them. A "
	     "script asks\n"
	     "phonelab for the words to offer: words, with the words of the command line up to the cursor. "
	     "The first\n"
	     "line of the answer is what the shell adds (nothing, files, folders, or command with the index "
	     "of the\n"
	     "first word of a command of its own), then one word per line follows, a tab, and what it is.\n",
     .words = {1, 1},
     .run = command_completion},
    {0},
};

const struct command command_global = {
    .name = "",
    .synopsis = "",
    .title = "",
    .options = {
	{"--lab", NULL, OPTION_TEXT, "LAB", 0, 0, "the lab, if several are running (default: PHONELAB_LAB)"},
	{"--help", "-h", OPTION_FLAG, NULL, 0, 0, "print help"},
	{"--debug", "-d", OPTION_TEXT, "TOKEN[,TOKEN]", 0, 0, "print debug messages of these parts"},
	{"--version", NULL, OPTION_FLAG, NULL, 0, 0, "print the version, and those of the libraries"}}};

const struct command command_help_row = {
    .name = "help", .synopsis = "[COMMAND]", .title = "Print the help of a command", .words = {0, 1}};
