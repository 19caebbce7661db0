using Faultbox.Core.Topology;

namespace Faultbox.Spec.Tests.Topology;

public sealed class ServiceTests
{
    [Fact]
    public void A_service_carries_everything_it_was_declared_with()
    {
        var model = SpecDirectory.Model("""
            db = service("db", "/bin/db", interface("main", "tcp", 7410), healthcheck = tcp("localhost:7410"))
            api = service("api", interface("web", "http", 8085), interface("ctl", "tcp", 8086),
                binary = "./api",
                args = ["-v", db.main.addr],
                env = {"DB": db.main.proxy_addr, "PORT": 8085},
                depends_on = [db, "db"],
                healthcheck = ready(timeout = "45s", interface = "web"),
                ops = {"persist": op(syscalls = ["write", "fsync"], path = "/data/**")},
                seccomp = True, io_uring = True, reuse = True, seed = lambda: None,
            )
            """);
        var api = model.Services.Single(s => s.Name == "api");
        Assert.Equal("./api", api.Binary);
        Assert.Equal(["-v", "localhost:7410"], api.Arguments);
        Assert.Equal([new("DB", "__FB_PROXY_ADDR_db__main__"), new("PORT", "8085")], api.Environment);
        Assert.Equal(["db"], api.DependsOn);
        Assert.Equal([new InterfaceDefinition("web", "http", 8085), new InterfaceDefinition("ctl", "tcp", 8086)], api.Interfaces);
        Assert.Equal(TimeSpan.FromSeconds(45), api.Healthcheck!.Timeout);
        Assert.Equal("web", Assert.IsType<ProtocolHealthcheck>(api.Healthcheck).Interface);
        Assert.Equal(["write", "fsync"], api.Operations["persist"].Syscalls);
        Assert.Equal("/data/**", api.Operations["persist"].Path);
        Assert.True(api.AllowIoUring);
        Assert.NotNull(api.Seed);
        Assert.Equal(2, api.Position.Line);
    }

    [Theory]
    [InlineData("service()", "service() requires at least a name")]
    [InlineData("service(3)", "service(): name must be a string that is not empty, got 3")]
    [InlineData("service(\"\")", "service(): name must be a string that is not empty, got \"\"")]
    [InlineData("service(\"test\", \"/bin/true\")", "the name \"test\" belongs to the test driver")]
    [InlineData("service(\"a\")", "service(\"a\"): service() requires one of: binary (second positional argument or binary=), image=, build=, or remote=")]
    [InlineData("service(\"a\", \"x\", \"y\")", "accepts only one of binary, image=, build= and remote=, got 2")]
    [InlineData("service(\"a\", \"x\", binary = \"y\")", "accepts only one of")]
    [InlineData("service(\"a\", \"x\", 3)", "service(\"a\"): positional argument 3 must be the program path or an interface(), got int")]
    [InlineData("service(\"a\", \"x\", interface(\"i\", \"tcp\", 1), interface(\"i\", \"tcp\", 2))", "service(\"a\"): two interfaces are named \"i\"")]
    [InlineData("service(\"a\", image = \"x\", build = \"y\")", "accepts only one of binary, image=, build= and remote=, got 2")]
    [InlineData("service(\"a\", \"x\", volumes = {})", "service \"a\": volumes= is not supported on a binary, only with image= or build=")]
    [InlineData("service(\"a\", \"x\", ports = {})", "service \"a\": ports= is not supported on a binary, only with image= or build=")]
    [InlineData("service(\"a\", image = \"x\", volumes = {\"/srv\": \"data\"})", "volumes: write \"host path or volume name\": \"/path/inside\", got \"/srv\": \"data\"")]
    [InlineData("service(\"a\", image = \"x\", ports = {80: 70000})", "ports: write container port: host port (0 to let Faultbox choose), got 80: 70000")]
    [InlineData("service(\"a\", \"x\", observe = [])", "service(\"a\"): observe= is not supported by this version of Faultbox")]
    [InlineData("service(\"a\", \"x\", cmd = [])", "service(\"a\"): unknown keyword argument \"cmd\"; use args=. valid: binary, image, build, remote, volumes, ports, healthcheck")]
    [InlineData("service(\"a\", \"x\", environment = {})", "use env=")]
    [InlineData("service(\"a\", \"x\", port = 1)", "declare an interface instead")]
    [InlineData("service(\"a\", \"x\", env = [])", "service(\"a\"): env must be dict, got list")]
    [InlineData("service(\"a\", \"x\", env = {\"K\": {}})", "service(\"a\"): env[\"K\"] must be string or int, got dict")]
    [InlineData("service(\"a\", \"x\", env = {\"K\": True})", "service(\"a\"): env[\"K\"] must be string or int, got bool")]
    [InlineData("service(\"a\", \"x\", args = \"-v\")", "service(\"a\"): args must be list, got string")]
    [InlineData("service(\"a\", \"x\", args = [1])", "service(\"a\"): args[0] must be string, got int")]
    [InlineData("service(\"a\", \"x\", depends_on = [1])", "service(\"a\"): depends_on[0] must be a service or a name, got int")]
    [InlineData("service(\"a\", \"x\", seccomp = 1)", "service(\"a\"): seccomp must be bool, got int")]
    [InlineData("service(\"a\", \"x\", seed = 1)", "service(\"a\"): seed must be a callable, got int")]
    [InlineData("service(\"a\", \"x\", ops = {\"p\": 1})", "service(\"a\"): ops[\"p\"] must be op(), got int")]
    [InlineData("service(\"a\", \"x\", healthcheck = 1)", "service(\"a\"): healthcheck must be a healthcheck (tcp, http, ready, udp_ready or wait_until), got int")]
    [InlineData("service(\"a\", \"x\", nondeterministic_ok = [\"moon\"])", "unknown category \"moon\"; known: clock, rand, dns, network-unmediated, fs-unmediated")]
    [InlineData("service(\"a\", \"x\", healthcheck = ready())", "ready() needs an interface()")]
    [InlineData("service(\"a\", \"x\", interface(\"p\", \"tcp\", 1), interface(\"q\", \"tcp\", 2), healthcheck = ready())", "cannot choose between \"p\", \"q\"; write ready(interface = \"p\") or ready(all = True)")]
    [InlineData("service(\"a\", \"x\", interface(\"p\", \"tcp\", 1), healthcheck = ready(interface = \"q\"))", "names no interface of the service; declared: \"p\"")]
    [InlineData("service(\"a\", \"x\", healthcheck = udp_ready(hex = \"00\"))", "service(\"a\"): healthcheck = udp_ready() needs an interface of protocol \"udp\" to ask; none is declared")]
    [InlineData("service(\"a\", \"x\", interface(\"p\", \"tcp\", 1), healthcheck = udp_ready(hex = \"00\"))", "udp_ready() needs an interface of protocol \"udp\" to ask; declared: \"p\" (tcp)")]
    [InlineData("service(\"a\", \"x\", interface(\"p\", \"tcp\", 1), interface(\"q\", \"udp\", 2), healthcheck = udp_ready(hex = \"00\", interface = \"p\"))", "udp_ready(interface = \"p\") names no interface of protocol \"udp\"; declared: \"p\" (tcp), \"q\" (udp)")]
    [InlineData("service(\"a\", \"x\", interface(\"p\", \"udp\", 1), interface(\"q\", \"udp\", 2), healthcheck = udp_ready(hex = \"00\"))", "udp_ready() cannot choose between \"p\", \"q\"; write udp_ready(interface = \"p\", ...)")]
    [InlineData("service(\"a\", \"x\", depends_on = [\"bb\"])\nservice(\"bbb\", \"x\")", "depends_on names \"bb\", which is not declared")]
    [InlineData("service(\"a\", \"x\", depends_on = [\"b\"])\nservice(\"b\", \"x\", depends_on = [\"a\"])", "dependency cycle: a → b → a")]
    public void Mistakes_in_services_are_load_errors(string text, string message)
    {
        var error = SpecDirectory.Error(text + "\n");
        Assert.Equal("SPEC_LOAD_FAILED", error.Code);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Findings[0].Position);
    }

    [Theory]
    [InlineData("interface(\"p\", \"tcp\", 1), interface(\"q\", \"udp\", 1)", "", "q")]
    [InlineData("interface(\"p\", \"udp\", 1), interface(\"default\", \"udp\", 2)", "", "default")]
    [InlineData("interface(\"p\", \"udp\", 1), interface(\"q\", \"udp\", 2)", ", interface = \"q\"", "q")]
    public void A_question_goes_to_an_interface_of_datagrams(string interfaces, string more, string target)
    {
        var service = Assert.Single(SpecDirectory.Model($"service(\"dns\", \"x\", {interfaces}, healthcheck = udp_ready(hex = \"0A 0b\", expect = \"ab\"{more}))").Services);

        var check = Assert.IsType<UdpHealthcheck>(service.Healthcheck);
        Assert.Equal([0x0a, 0x0b], check.Question.ToArray());
        Assert.Equal("ab"u8.ToArray(), check.Reply.ToArray());
        Assert.Equal(TimeSpan.FromSeconds(10), check.Timeout);
        Assert.Equal(target, check.Target(service.Interfaces)!.Name);
    }

    [Theory]
    [InlineData("interface(\"i\", \"tcp\", \"80\")", "interface(): port must be int, got string")]
    [InlineData("interface(\"i\", \"tcp\", True)", "interface(): port must be int, got bool")]
    [InlineData("interface(\"i\", \"tcp\", 0)", "interface(): port must be between 1 and 65535, got 0")]
    [InlineData("interface(\"i\", \"tcp\", 70000)", "got 70000")]
    [InlineData("interface(\"\", \"tcp\", 1)", "interface(): name must not be empty")]
    [InlineData("interface(\"i\", \"tcp\")", "interface(): missing required argument port")]
    [InlineData("interface(\"i\", \"tcp\", 1, name = \"j\")", "name")]
    [InlineData("interface(\"i\", \"tcp\", 1, tls = 1)", "interface(): tls must be tls_cert(...), got int")]
    [InlineData("tcp(\"localhost\")", "tcp(): addr must be host:port, got \"localhost\"")]
    [InlineData("tcp(\"localhost:1\", timeout = \"x\")", "tcp(): bad duration \"x\" for timeout")]
    [InlineData("tcp(\"localhost:1\", timeout = \"0\")", "tcp(): timeout must be positive, got \"0\"")]
    [InlineData("tcp(\"localhost:1\", timeout = \"-1s\")", "tcp(): timeout must not be negative, got \"-1s\"")]
    [InlineData("http(\"localhost:1\", expect_status = 99)", "http(): expect_status must be between 100 and 599, got 99")]
    [InlineData("http(\"localhost:1\", expect_status = [\"200\"])", "http(): expect_status must be int or list of ints, got string")]
    [InlineData("http(\"ftp://localhost\")", "http(): url is not an HTTP address")]
    [InlineData("ready(\"30s\")", "ready() takes no positional arguments")]
    [InlineData("udp_ready(\"00\")", "udp_ready() takes keywords only; name the question, as in udp_ready(hex = \"0a1b\") or udp_ready(data = \"ping\")")]
    [InlineData("udp_ready()", "udp_ready(): hex or data is required")]
    [InlineData("udp_ready(expect_hex = \"00\")", "udp_ready(): hex or data is required")]
    [InlineData("udp_ready(hex = \"\")", "udp_ready(): hex must not be empty")]
    [InlineData("udp_ready(data = b\"\")", "udp_ready(): data must not be empty")]
    [InlineData("udp_ready(hex = \"0a0\")", "udp_ready(): hex must be pairs of hexadecimal digits, got \"0a0\"")]
    [InlineData("udp_ready(hex = 10)", "udp_ready(): hex must be string, got int")]
    [InlineData("udp_ready(data = 10)", "udp_ready(): data must be string or bytes, got int")]
    [InlineData("udp_ready(hex = \"0a\", expect_hex = \"0x0b\")", "udp_ready(): expect_hex must be pairs of hexadecimal digits, got \"0x0b\"")]
    [InlineData("udp_ready(hex = \"0a\", expect_hex = \" \")", "udp_ready(): expect_hex must not be empty")]
    [InlineData("udp_ready(hex = \"0a\", data = \"a\")", "udp_ready(): hex= and data= exclude each other")]
    [InlineData("udp_ready(hex = \"0a\", expect_hex = \"0a\", expect = \"a\")", "udp_ready(): expect_hex= and expect= exclude each other")]
    [InlineData("udp_ready(data = \"a\" * 65508)", "udp_ready(): a datagram carries at most 65507 bytes, and the question has 65508")]
    [InlineData("udp_ready(hex = \"0a\", timeout = \"0s\")", "udp_ready(): timeout must be positive, got \"0s\"")]
    [InlineData("udp_ready(hex = \"0a\", expects = \"0b\")", "did you mean \"expect\"?")]
    [InlineData("wait_until(1)", "wait_until(): condition must be a callable, got int")]
    [InlineData("op()", "op() requires syscalls= argument")]
    [InlineData("op([\"write\"])", "op() takes keywords only; name the calls with syscalls=, as in op(syscalls = [\"write\"])")]
    [InlineData("op(syscalls = \"write\")", "op() syscalls must be a list")]
    [InlineData("op(syscalls = [1])", "op() syscalls items must be strings")]
    [InlineData("op(syscalls = [])", "op() syscalls must not be empty")]
    [InlineData("op(syscalls = [\"wirte\"])", "op(): unknown system call \"wirte\"; did you mean \"write\"?")]
    public void Mistakes_in_parts_are_load_errors(string call, string message)
    {
        Assert.Contains(message, SpecDirectory.Error($"x = {call}\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Addresses_of_an_interface_are_plain_and_those_of_its_proxy_are_placeholders()
    {
        var model = SpecDirectory.Model("""
            s = service("db", "/bin/true", interface("main", "tcp", 7410))
            print(s.main.addr, s.main.host, s.main.port, s.main.internal_addr, s.name)
            print(s.main.proxy_addr, s.main.proxy_host, s.main.proxy_port)
            print(s, s.main, s.main.send, getattr(s, "main") == s.main, {s: 1}[s])
            """);
        Assert.Equal(
            "localhost:7410 localhost 7410 localhost:7410 db\n"
            + "__FB_PROXY_ADDR_db__main__ __FB_PROXY_HOST_db__main__ __FB_PROXY_PORT_db__main__\n"
            + "<service db> <interface_ref db.main> <step_method db.main.send> True 1\n",
            model.Prints);
    }

    [Fact]
    public void A_cut_placeholder_is_refused_with_its_own_code()
    {
        var error = SpecDirectory.Error("""
            db = service("db", "/bin/true", interface("main", "tcp", 7410))
            api = service("api", "/bin/true", env = {"HOST": db.main.proxy_addr[:20]})
            """);
        Assert.Equal("PLACEHOLDER_SPLIT", error.Code);
        Assert.Contains("service(\"api\"): env[\"HOST\"]", error.Message, StringComparison.Ordinal);
        Assert.Contains("proxy_host", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_attributes_name_the_nearest()
    {
        Assert.Contains(
            "interface_ref has no .adr attribute (did you mean .addr?)",
            SpecDirectory.Error("s = service(\"s\", \"/bin/true\", interface(\"main\", \"tcp\", 1))\nx = s.main.adr\n").Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "service \"s\" has multiple interfaces, specify which one",
            SpecDirectory.Error("s = service(\"s\", \"/bin/true\", interface(\"a\", \"tcp\", 1), interface(\"b\", \"tcp\", 2))\nx = s.send\n").Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dgram.lose()", "dgram_namespace has no .lose attribute; dgram has reorder, duplicate, corrupt, truncate, latency")]
    [InlineData("wire.latancy()", "wire_namespace has no .latancy attribute (did you mean .latency?); wire has latency, bandwidth, ")]
    [InlineData("http_fault.nothing()", "http_fault has truncate, ")]
    [InlineData("grpc_fault.nothing()", "grpc_fault has ")]
    [InlineData("service(\"s\", \"/bin/true\", interface(\"main\", \"udp\", 1)).main.query()", "interface_ref has no .query attribute; the steps of udp are send, send_no_reply")]
    public void An_unknown_name_after_a_dot_is_answered_with_those_that_exist(string text, string message) =>
        Assert.Contains(message, SpecDirectory.Error($"x = {text}\n").Message, StringComparison.Ordinal);

    /// <summary>Every step of the only interface, or of the one named <c>default</c>, is one of the service.</summary>
    [Theory]
    [InlineData("http", "get", "post", "put", "delete", "patch")]
    [InlineData("http2", "get", "post", "put", "delete", "patch")]
    [InlineData("grpc", "call")]
    [InlineData("tcp", "send")]
    [InlineData("udp", "send", "send_no_reply")]
    public void A_service_has_the_steps_of_its_interface(string protocol, params string[] steps)
    {
        var only = $"s = service(\"s\", \"/bin/true\", interface(\"main\", \"{protocol}\", 7410))\n";
        var named = $"s = service(\"s\", \"/bin/true\", interface(\"other\", \"redis\", 7411), interface(\"default\", \"{protocol}\", 7410))\n";
        var several = $"s = service(\"s\", \"/bin/true\", interface(\"a\", \"{protocol}\", 7410), interface(\"b\", \"{protocol}\", 7411))\n";
        foreach (var step in steps)
        {
            Assert.Equal($"<step_method s.main.{step}> <step_method s.main.{step}>\n", SpecDirectory.Model($"{only}print(s.{step}, s.main.{step})\n").Prints);
            Assert.Equal($"<step_method s.default.{step}>\n", SpecDirectory.Model($"{named}print(s.{step})\n").Prints);
            Assert.Contains(
                $"service \"s\" has multiple interfaces, specify which one: .a.{step}(), .b.{step}()",
                SpecDirectory.Error($"{several}x = s.{step}\n").Message,
                StringComparison.Ordinal);
        }

        Assert.Equal(steps.Order(), SpecDirectory.Model($"{only}print(\" \".join(dir(s)))\n").Prints.Trim().Split(' ').Except(["main", "name"]).Order());
    }

    [Fact]
    public void A_step_that_the_default_interface_has_not_names_the_one_that_has_it()
    {
        const string Service = "s = service(\"s\", \"/bin/true\", interface(\"default\", \"http\", 1), interface(\"raw\", \"tcp\", 2))\n";
        Assert.Contains(
            "service \"s\": its interface \"default\" (http) has no step send; write .raw.send()",
            SpecDirectory.Error(Service + "x = s.send\n").Message,
            StringComparison.Ordinal);
        Assert.Contains("service has no .sent attribute", SpecDirectory.Error(Service + "x = s.sent\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_interface_that_has_a_step_is_offered() => Assert.Contains(
        "service \"s\" has multiple interfaces, specify which one: .b.call()",
        SpecDirectory.Error("s = service(\"s\", \"/bin/true\", interface(\"a\", \"tcp\", 1), interface(\"b\", \"grpc\", 2))\nx = s.call\n").Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("interface(\"i\", \"https\", 1)", false)]
    [InlineData("interface(\"i\", \"https\", 1, tls = tls_cert(insecure = True))", true)]
    [InlineData("interface(\"i\", \"http\", 1, tls = tls_cert(insecure = True))", true)]
    public void Https_is_http_with_tls(string declaration, bool isInsecure)
    {
        var model = SpecDirectory.Model($"a = service(\"a\", \"/bin/true\", {declaration})\nif not a.get:\n    fail(\"no step\")\n");

        var declared = Assert.Single(Assert.Single(model.Services).Interfaces);
        Assert.Equal(("http", isInsecure), (declared.Protocol, declared.Tls!.Insecure));
        Assert.Equal(isInsecure, model.Diagnostics.Any(d => d.Code == "TLS_INSECURE" && d.Position is { Line: 1 }));
    }

    [Fact]
    public void Findings_that_do_not_stop_a_load_are_diagnostics()
    {
        var model = SpecDirectory.Model("""
            a = service("a", "/bin/true", interface("i", "redus", 1), reuse = True)
            b = service("b", "/bin/true", interface("i", "tcp", 1), healthcheck = tcp("localhost:1"))
            c = service("b", "/bin/true", interface("i", "tcp", 1), healthcheck = tcp("localhost:1"))
            """);
        var codes = model.Diagnostics.Select(d => d.Code).ToList();
        Assert.Contains("UNKNOWN_PROTOCOL", codes);
        Assert.Contains("REUSE_WITHOUT_RESET", codes);
        Assert.Contains("NO_HEALTHCHECK", codes);
        Assert.Contains("SERVICE_REDECLARED", codes);
        Assert.Contains("PORT_CONFLICT", codes);
        Assert.Equal(2, model.Services.Count);
    }
}
