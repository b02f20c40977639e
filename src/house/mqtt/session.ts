/** Something to be published. All of it is delivered at least once (QoS 1). */
export interface MqttMessage {
  readonly topic: string;
  readonly payload: string;
  /** Whether the broker keeps it for whoever subscribes later. An empty payload takes such a one away. */
  readonly retain: boolean;
  /** Not retained, and of use at once or never: dropped where it waited for longer. */
  readonly staleAfterMs?: number;
}

/** A connection to a broker, from its acceptance to its end. */
export interface MqttSession {
  /** Done when the broker has answered; rejects when the connection ends first or the broker takes too long. */
  publish(message: MqttMessage): Promise<'taken' | 'refused'>;
  subscribe(filters: readonly string[]): Promise<void>;
  /** Why it ended, in words without secrets. Never rejects. */
  readonly ended: Promise<string>;
  /** Says good-bye, so that the broker does not send the last will. */
  close(): Promise<void>;
}

export interface MqttListener {
  /** Short by the time it is handed over: a longer one ends the session. */
  readonly onMessage: (topic: string, payload: string) => void;
  /** What the broker tells everybody when this session is gone without a good-bye. */
  readonly lastWill: MqttMessage;
}

/** Connects once. Rejects with an Error whose message has no secrets, or with `signal.reason`. */
export type ConnectMqtt = (listener: MqttListener, signal: AbortSignal) => Promise<MqttSession>;
