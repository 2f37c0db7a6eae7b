%% The part that measures Erlang: the same two processes, messages and window over Erlang's distribution, without TLS
%% (its default).
-module(link).
-export([main/0, receiver/0, subscriber/0]).

-define(SIZE, 100).
-define(WINDOW, 10000).
-define(ANSWER_EVERY, 1000).
-define(MESSAGES, 1000000).
-define(ROUND_TRIPS, 20000).

main() ->
    Host = "127.0.0.1",
    {ok, _} = net_kernel:start([list_to_atom("bench_a_" ++ os:getpid() ++ "@" ++ Host), longnames]),
    Path = filename:dirname(code:which(?MODULE)),
    {ok, _, Node} = peer:start_link(#{name => "bench_b_" ++ os:getpid(), host => Host, longnames => true,
                                      args => ["-pa", Path, "-setcookie", atom_to_list(erlang:get_cookie())]}),
    Receiver = spawn(Node, ?MODULE, receiver, []),
    Latencies = lists:sort(pings(Receiver, ?ROUND_TRIPS, [])),
    print("round trip p50", lists:nth(?ROUND_TRIPS div 2, Latencies) / 1000, "us"),
    print("round trip p99", lists:nth(?ROUND_TRIPS * 99 div 100, Latencies) / 1000, "us"),
    [rate(Receiver, Batch) || Batch <- [1, 10, 50]],
    broadcasts(Node),
    halt(0).

receiver() -> receiver(0).

receiver(Count) ->
    receive
        {ping, From, Binary} -> From ! {pong, Binary}, receiver(Count);
        {broadcast, From, Binary} when is_binary(Binary) -> receiver(taken(From, Count));
        {broadcast, From, List} -> receiver(lists:foldl(fun(_, N) -> taken(From, N) end, Count, List))
    end.

taken(From, Count) when (Count + 1) rem ?ANSWER_EVERY =:= 0 -> From ! answer, Count + 1;
taken(_, Count) -> Count + 1.

pings(_, 0, Latencies) -> Latencies;
pings(To, Left, Latencies) ->
    Begin = erlang:monotonic_time(nanosecond),
    To ! {ping, self(), binary:copy(<<"x">>, ?SIZE)},
    receive {pong, _} -> ok end,
    pings(To, Left - 1, [erlang:monotonic_time(nanosecond) - Begin | Latencies]).

rate(To, Batch) ->
    Begin = erlang:monotonic_time(nanosecond),
    fill(To, Batch, 0, 0),
    Took = (erlang:monotonic_time(nanosecond) - Begin) / 1.0e9,
    print("messages of 100 bytes, " ++ integer_to_list(Batch) ++ " a send", ?MESSAGES / Took, "1/s").

fill(_, _, _, Answered) when Answered >= ?MESSAGES -> ok;
fill(To, Batch, Sent, Answered) when Sent < ?MESSAGES, Sent - Answered < ?WINDOW ->
    To ! {broadcast, self(), payload(Batch)},
    fill(To, Batch, Sent + Batch, Answered);
fill(To, Batch, Sent, Answered) ->
    receive answer -> fill(To, Batch, Sent, Answered + ?ANSWER_EVERY) end.

%% Each call makes a new payload, because an application's messages are new, too.
payload(1) -> binary:copy(<<"x">>, ?SIZE);
payload(Batch) -> [binary:copy(<<"x">>, ?SIZE) || _ <- lists:seq(1, Batch)].

%% Broadcasts to the members of a process group. The publisher knows only the group, as in Phoenix.PubSub's use of pg.
broadcasts(Node) ->
    {ok, _} = pg:start_link(bench),
    {ok, _} = erpc:call(Node, pg, start, [bench]),
    ok = pg:join(bench, back, self()),
    spawn(Node, ?MODULE, subscriber, []),
    known(there),
    Latencies = lists:sort(group_pings(?ROUND_TRIPS, [])),
    print("broadcast there and back p50", lists:nth(?ROUND_TRIPS div 2, Latencies) / 1000, "us"),
    print("broadcast there and back p99", lists:nth(?ROUND_TRIPS * 99 div 100, Latencies) / 1000, "us"),
    Begin = erlang:monotonic_time(nanosecond),
    group_fill(0, 0),
    print("broadcasts of 100 bytes", ?MESSAGES / ((erlang:monotonic_time(nanosecond) - Begin) / 1.0e9), "1/s").

known(Group) ->
    case pg:get_members(bench, Group) of
        [] -> timer:sleep(10), known(Group);
        _ -> ok
    end.

to_group(Group, Message) -> [Member ! Message || Member <- pg:get_members(bench, Group)].

subscriber() ->
    known(back),
    ok = pg:join(bench, there, self()),
    subscriber(0).

subscriber(Count) ->
    receive
        {broadcast, <<"ping">>, Binary} -> to_group(back, {broadcast, <<"pong">>, Binary}), subscriber(Count);
        {broadcast, <<"message">>, _} when (Count + 1) rem ?ANSWER_EVERY =:= 0 ->
            to_group(back, {broadcast, <<"answer">>, <<>>}),
            subscriber(Count + 1);
        {broadcast, <<"message">>, _} -> subscriber(Count + 1)
    end.

group_pings(0, Latencies) -> Latencies;
group_pings(Left, Latencies) ->
    Begin = erlang:monotonic_time(nanosecond),
    to_group(there, {broadcast, <<"ping">>, payload(1)}),
    receive {broadcast, <<"pong">>, _} -> ok end,
    group_pings(Left - 1, [erlang:monotonic_time(nanosecond) - Begin | Latencies]).

group_fill(_, Answered) when Answered >= ?MESSAGES -> ok;
group_fill(Sent, Answered) when Sent < ?MESSAGES, Sent - Answered < ?WINDOW ->
    to_group(there, {broadcast, <<"message">>, payload(1)}),
    group_fill(Sent + 1, Answered);
group_fill(Sent, Answered) ->
    receive {broadcast, <<"answer">>, _} -> group_fill(Sent, Answered + ?ANSWER_EVERY) end.

print(What, Value, Unit) -> io:format("~s\t~.1f\t~s~n", [What, float(Value), Unit]).
